/* SPDX-License-Identifier: ISC */
/* Domain names beyond ASCII (IDNA2008). */
#ifndef IDN_H
#define IDN_H

enum { IDN_SIZE = 254 };

/* Writes DOMAIN into OUT (IDN_SIZE bytes) as the DNS has it: xn--... for a
 * label that is not ASCII. 1; 0 it has no such form. ASCII is not judged. */
int idn_ascii(char *out, const char *domain);

#endif
