/* SPDX-License-Identifier: ISC */
/* What a client is told that may not go on. */
#ifndef MESSAGE_H
#define MESSAGE_H

/* Sends TEXT, as much of it as fits an SMTP reply line, and CR LF to the
 * client in one write; nothing if TEXT is null. */
void message_send(const char *text);

#endif
