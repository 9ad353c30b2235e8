/* SPDX-License-Identifier: ISC */
/* Keys and the first lines that named them: a hash table with open addressing
 * whose entries and keys lie in two growing arrays. */
#include "seen.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { SEEN_LENGTH = 2, SEEN_START = 1024 };

uint64_t
seen_hash(uint64_t h, const void *p, size_t n)
{
	const unsigned char *s = p;
	size_t i;

	for (i = 0; i < n; i++)
		h = (h ^ s[i]) * 0x100000001b3U;
	return h;
}

void
seen_init(struct seen *s)
{
	memset(s, 0, sizeof *s);
}

void
seen_free(struct seen *s)
{
	free(s->first);
	free(s->table);
	free(s->keys);
	seen_init(s);
}

const char *
seen_key(const struct seen *s, const struct seen_first *f, size_t *n)
{
	const unsigned char *k = (const unsigned char *)s->keys + f->key;

	*n = (size_t)k[0] << 8 | k[1];
	return s->keys + f->key + SEEN_LENGTH;
}

/* The place of KEY in the table, or the free one where it belongs. */
static uint32_t *
seen_place(const struct seen *s, const void *key, size_t n)
{
	uint64_t h = seen_hash(SEEN_HASH, key, n);
	size_t i = (h ^ h >> 32) & (s->table_size - 1), len;
	const char *k;

	for (; s->table[i]; i = (i + 1) & (s->table_size - 1)) {
		k = seen_key(s, s->first + s->table[i] - 1, &len);
		if (len == n && memcmp(k, key, n) == 0)
			break;
	}
	return s->table + i;
}

/* Doubles the table. 0, or -1. */
static int
seen_grow_table(struct seen *s)
{
	uint32_t *old = s->table;
	size_t i, n;
	const char *k;

	s->table_size = s->table_size ? 2 * s->table_size : 2 * SEEN_START;
	if (!(s->table = calloc(s->table_size, sizeof *s->table))) {
		s->table = old;
		return -1;
	}
	free(old);
	for (i = 0; i < s->n; i++) {
		k = seen_key(s, s->first + i, &n);
		*seen_place(s, k, n) = (uint32_t)i + 1;
	}
	return 0;
}

/* Makes room for one more entry with a key of N bytes. 0, or -1. */
static int
seen_room(struct seen *s, size_t n)
{
	size_t size;
	void *p;

	if (s->keys_len + n + SEEN_LENGTH > s->keys_size) {
		size = 2 * s->keys_size + n + 16 * SEEN_START;
		if (size > UINT32_MAX || !(p = realloc(s->keys, size)))
			return -1;
		s->keys = p;
		s->keys_size = size;
	}
	if (s->n == s->first_size) {
		size = s->n ? 2 * s->n : SEEN_START;
		if (!(p = realloc(s->first, size * sizeof *s->first)))
			return -1;
		s->first = p;
		s->first_size = size;
	}
	return 2 * (s->n + 1) > s->table_size ? seen_grow_table(s) : 0;
}

int
seen_add(struct seen *s, const void *key, size_t n, uint32_t line,
    uint64_t meaning, const struct seen_first **first)
{
	struct seen_first *f;
	uint32_t *place;
	char *k;

	if (n > UINT16_MAX || seen_room(s, n) < 0) {
		errno = ENOMEM;
		return -1;
	}
	place = seen_place(s, key, n);
	if (*place) {
		*first = s->first + *place - 1;
		return 0;
	}
	f = s->first + s->n++;
	*place = (uint32_t)s->n;
	f->key = (uint32_t)s->keys_len;
	f->line = line;
	f->meaning = meaning;
	k = s->keys + s->keys_len;
	k[0] = (char)(n >> 8);
	k[1] = (char)n;
	memcpy(k + SEEN_LENGTH, key, n);
	s->keys_len += n + SEEN_LENGTH;
	*first = f;
	return 1;
}

struct seen_first *
seen_find(const struct seen *s, const void *key, size_t n)
{
	uint32_t place = s->table_size ? *seen_place(s, key, n) : 0;

	return place ? s->first + place - 1 : 0;
}
