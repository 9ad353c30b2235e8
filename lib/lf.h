/* SPDX-License-Identifier: ISC */
/* Text whose lines end with LF, CR LF or CR, made text whose lines end with
 * LF: as smtpsend takes it. Pure. */
#ifndef LF_H
#define LF_H

#include <stddef.h>

struct lf {
	int cr; /* a CR was the last byte, and nothing is written for it */
};

/* Writes what the N bytes at IN become to OUT, which has room for N + 1 bytes
 * and may be IN - 1. How many. */
size_t lf_put(struct lf *l, const char *in, size_t n, char *out);

/* The text is complete: writes what it still lacks to OUT (1 byte). How many:
 * 0 or 1. */
size_t lf_end(struct lf *l, char *out);

#endif
