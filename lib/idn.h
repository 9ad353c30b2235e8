/* SPDX-License-Identifier: ISC */
/* Domain names beyond ASCII (IDNA2008). */
#ifndef IDN_H
#define IDN_H

enum { IDN_SIZE = 254 };

/* Writes DOMAIN into OUT (IDN_SIZE bytes) as the DNS has it: xn--... for a
 * label that is not ASCII. 1; 0 it has no such form. ASCII is not judged. */
int idn_ascii(char *out, const char *domain);

/* The same, but only for what is a name of IDNA2008 as it stands: nothing that
 * looks like a letter or a dot, or is in upper case, is taken for one. */
int idn_exact(char *out, const char *domain);

#endif
