/* SPDX-License-Identifier: ISC */
/* How a refusal reads in each protocol. */
#ifndef REFUSAL_H
#define REFUSAL_H

#include <stddef.h>

enum { REFUSAL_MAX = 512 }; /* a line of SMTP or POP3, CR LF included */

enum refusal { REFUSAL_LINE, REFUSAL_SMTP, REFUSAL_POP3, REFUSAL_IMAP };

/* The protocol NAME (line, smtp, pop3, imap) into *P. 1; 0 no such. */
int refusal_protocol(const char *name, enum refusal *p);

/* Writes TEXT as the one line that refuses a client of P, with CR LF, into
 * BUF (REFUSAL_MAX bytes). What P begins such a line with is put before TEXT
 * unless it is there; it says "not now" with LATER, else "never". Every byte
 * that is not printable ASCII becomes '?', and what is too long is cut.
 * Returns its length. */
size_t refusal_format(char *buf, enum refusal p, int later, const char *text);

#endif
