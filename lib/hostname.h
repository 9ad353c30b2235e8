/* SPDX-License-Identifier: ISC */
/* Host names that strangers write: what of them may be believed. */
#ifndef HOSTNAME_H
#define HOSTNAME_H

enum { HOSTNAME_SIZE = 254 };

/* Writes the host name S into OUT (HOSTNAME_SIZE bytes), in lower case and
 * without a dot at its end. 1; 0 S is none: longer than 253, an empty label or
 * one over 63, anything but letters, digits, '-' (not first in a label), '_'
 * and '.', or digits alone behind the last dot, as an address has. */
int hostname_clean(char *out, const char *s);

#endif
