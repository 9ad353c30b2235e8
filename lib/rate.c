/* SPDX-License-Identifier: ISC */
/* How often something happens. Of a bucket only the instant is kept at which
 * it will be full, in a table of fixed size, the place chosen by the hash of
 * key and rate: two that meet in one place are stricter together, never
 * laxer. */
#include "rate.h"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "log.h"

enum { RATE_PLACES = 1 << 19, RATE_START = 4096 };

static const uint64_t second = 1000000000;

struct bucket {
	uint64_t full;   /* when it will be, in nanoseconds */
	uint64_t window; /* an empty one takes so long */
};

/* Where in the state file the bucket stands. */
static uint64_t
rate_place(
    const struct tally *s, const void *key, size_t n, const struct limit *l)
{
	uint64_t what[] = {l->n, l->seconds, tally_hash(s, key, n)};

	return RATE_START +
	    tally_hash(s, what, sizeof what) % RATE_PLACES *
	    sizeof(struct bucket);
}

/* The clock does not jump, but begins anew at a start of the machine. */
static uint64_t
rate_now(void)
{
	struct timespec t;

	if (clock_gettime(CLOCK_MONOTONIC, &t) < 0)
		log_diesys(111, "cannot read the clock", (char *)0);
	return (uint64_t)t.tv_sec * second + (uint64_t)t.tv_nsec;
}

/* The bucket at PLACE, which is locked, as it is now. Now. */
static uint64_t
rate_look(const struct tally *s, uint64_t place, const struct limit *l,
    struct bucket *b)
{
	uint64_t now;

	b->full = b->window = 0;
	if (pread(s->file, b, sizeof *b, (off_t)place) < 0)
		log_diesys(111, "cannot read the state file", (char *)0);
	now = rate_now();
	if (b->full < now || b->window > LIMIT_SECONDS * second ||
	    b->full > now + b->window) { /* of before a restart */
		b->full = now;
		b->window = 0;
	}
	if (b->window < l->seconds * second)
		b->window = l->seconds * second;
	return now;
}

int
rate_take(
    const struct tally *s, const void *key, size_t n, const struct limit *l)
{
	uint64_t place = rate_place(s, key, n, l), window, now;
	struct bucket b;
	int room;

	if (!l->n)
		return 0;
	window = l->seconds * second;
	tally_lock(s->file, F_WRLCK, place, sizeof b);
	now = rate_look(s, place, l, &b);
	b.full += window / l->n;
	room = b.full <= now + window;
	if (room && pwrite(s->file, &b, sizeof b, (off_t)place) != sizeof b)
		log_diesys(111, "cannot write the state file", (char *)0);
	tally_lock(s->file, F_UNLCK, place, sizeof b);
	return room;
}

unsigned long
rate_used(
    const struct tally *s, const void *key, size_t n, const struct limit *l)
{
	uint64_t place = rate_place(s, key, n, l), token, now, used;
	struct bucket b;

	if (!l->n)
		return 0;
	token = l->seconds * second / l->n;
	tally_lock(s->file, F_RDLCK, place, sizeof b);
	now = rate_look(s, place, l, &b);
	tally_lock(s->file, F_UNLCK, place, sizeof b);
	used = (b.full - now + token - 1) / token;
	return used < l->n ? (unsigned long)used : l->n;
}
