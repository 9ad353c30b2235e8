/* SPDX-License-Identifier: ISC */
/* Base64 (RFC 4648, 4), as the AUTH commands of SMTP, POP3 and IMAP have it. */
#ifndef BASE64_H
#define BASE64_H

#include <stddef.h>

/* Decodes the N characters at S into OUT (N / 4 * 3 bytes; may be S).
 * Strict: padded, no white space, no bits set behind the end.
 * Returns the number of bytes, or -1 if it is not base64. */
long base64_decode(char *out, const char *s, size_t n);

/* What N bytes become, with a NUL. */
#define BASE64_SIZE(n) (((n) + 2) / 3 * 4 + 1)

/* Encodes the N bytes at S into OUT (BASE64_SIZE(N) bytes), ended by NUL. */
void base64_encode(char *out, const char *s, size_t n);

#endif
