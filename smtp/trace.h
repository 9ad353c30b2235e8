/* SPDX-License-Identifier: ISC */
/* What smtpd writes into a message: where it came from, and what a mail
 * program left out. */
#ifndef SMTP_TRACE_H
#define SMTP_TRACE_H

#include <time.h>

#include "smtp/session.h"

enum { SMTP_TRACE_MAX = 2048 };

/* Writes the Received field of message ID (RFC 5321, 4.4) into BUF
 * (SMTP_TRACE_MAX bytes); its length. */
size_t smtp_trace_received(
    const struct smtp_session *s, const char *id, time_t now, char *buf);

#endif
