/* SPDX-License-Identifier: ISC */
/* SipHash-2-4, as its paper tells it. */
#include "siphash.h"

#include <endian.h>
#include <string.h>

/* fewer than eight bytes, the first the lowest */
static uint64_t
siphash_word(const unsigned char *s, size_t n)
{
	uint64_t w = 0;

	while (n--)
		w = w << 8 | s[n];
	return w;
}

static uint64_t
siphash_turn(uint64_t x, unsigned int bits)
{
	return x << bits | x >> (64 - bits);
}

static void
siphash_rounds(uint64_t v[4], unsigned int rounds)
{
	while (rounds--) {
		v[0] += v[1];
		v[2] += v[3];
		v[1] = siphash_turn(v[1], 13) ^ v[0];
		v[3] = siphash_turn(v[3], 16) ^ v[2];
		v[0] = siphash_turn(v[0], 32);
		v[2] += v[1];
		v[0] += v[3];
		v[1] = siphash_turn(v[1], 17) ^ v[2];
		v[3] = siphash_turn(v[3], 21) ^ v[0];
		v[2] = siphash_turn(v[2], 32);
	}
}

static void
siphash_block(uint64_t v[4], uint64_t m)
{
	v[3] ^= m;
	siphash_rounds(v, 2);
	v[0] ^= m;
}

/* all eight */
static uint64_t
siphash_whole(const unsigned char *s)
{
	uint64_t w;

	memcpy(&w, s, sizeof w);
	return le64toh(w);
}

uint64_t
siphash(const unsigned char key[SIPHASH_KEY], const void *data, size_t n)
{
	const unsigned char *s = data;
	uint64_t a = siphash_whole(key), b = siphash_whole(key + 8);
	uint64_t v[4] = {a ^ 0x736f6d6570736575, b ^ 0x646f72616e646f6d,
	    a ^ 0x6c7967656e657261, b ^ 0x7465646279746573};
	size_t left = n;

	for (; left >= 8; s += 8, left -= 8)
		siphash_block(v, siphash_whole(s));
	siphash_block(v, (uint64_t)n << 56 | siphash_word(s, left));
	v[2] ^= 0xff;
	siphash_rounds(v, 4);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}
