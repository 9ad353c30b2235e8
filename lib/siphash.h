/* SPDX-License-Identifier: ISC */
/* SipHash-2-4 (Aumasson and Bernstein): a hash that nobody can aim who does
 * not know the key. */
#ifndef SIPHASH_H
#define SIPHASH_H

#include <stddef.h>
#include <stdint.h>

enum { SIPHASH_KEY = 16 };

uint64_t siphash(
    const unsigned char key[SIPHASH_KEY], const void *data, size_t n);

#endif
