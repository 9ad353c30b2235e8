/* SPDX-License-Identifier: ISC */
/* The end of a connection that may not go on. */
#ifndef DENY_H
#define DENY_H

/* Runs COMMAND, words with blanks between, in place of the next stage, with
 * TEXT as MESSAGE; if either is null, nothing is said. Returns 1, or the
 * process becomes the command. Dies 100 if there are too many words. */
int deny_end(const char *command, const char *text);

#endif
