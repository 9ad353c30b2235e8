/* SPDX-License-Identifier: ISC */
/* Which line of a source was the first to say something about a key. */
#ifndef SEEN_H
#define SEEN_H

#include <stddef.h>
#include <stdint.h>

struct seen_first {
	uint32_t key; /* where the key is kept */
	uint32_t line;
	uint64_t meaning; /* what the line said, hashed */
};

struct seen {
	struct seen_first *first;
	uint32_t
	    *table; /* 1 + index into first, or 0; a power of two of them */
	char *keys; /* length (2 bytes) and bytes of each */
	size_t n, table_size, first_size, keys_len, keys_size;
};

/* A hash of N bytes, going on from H (start with SEEN_HASH). */
#define SEEN_HASH 0xcbf29ce484222325U
uint64_t seen_hash(uint64_t h, const void *p, size_t n);

void seen_init(struct seen *s);
void seen_free(struct seen *s);

/* Notes that LINE said MEANING about KEY (N bytes), unless a line was noted
 * for it already. *FIRST (valid until the next call) is the line that is noted
 * now. 1 it is the new one; 0 it was there; -1 no memory. */
int seen_add(struct seen *s, const void *key, size_t n, uint32_t line,
    uint64_t meaning, const struct seen_first **first);

/* The key of F, of *N bytes. */
const char *seen_key(
    const struct seen *s, const struct seen_first *f, size_t *n);

/* The line noted for KEY, or null. */
struct seen_first *seen_find(const struct seen *s, const void *key, size_t n);

#endif
