/* SPDX-License-Identifier: ISC */
/* How often a prefix connects: a bucket of L->n tokens that fills up again in
 * L->seconds. Of a bucket only the instant is kept at which it will be full,
 * in a table of fixed size, the place chosen by the hash of prefix and rate:
 * two that meet in one place are stricter together, never laxer. */
#include "rate.h"

#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "log.h"

enum { RATE_PLACES = 1 << 20, RATE_START = 4096 };

/* Where in the state file the bucket stands. */
static uint64_t
rate_place(const struct tally *s, const struct ip *ip, unsigned int plen,
    const struct limit *l)
{
	struct {
		unsigned long n, seconds;
		char key[IP_KEY];
	} what;

	memset(&what, 0, sizeof what);
	what.n = l->n;
	what.seconds = l->seconds;
	ip_key(what.key, ip, plen);
	return RATE_START +
	    tally_hash(s, &what, sizeof what) % RATE_PLACES * sizeof(uint64_t);
}

/* The clock does not jump, but begins anew at a start of the machine. */
static uint64_t
rate_now(void)
{
	struct timespec t;

	if (clock_gettime(CLOCK_MONOTONIC, &t) < 0)
		log_diesys(111, "cannot read the clock", (char *)0);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

int
rate_take(const struct tally *s, const struct ip *ip, unsigned int plen,
    const struct limit *l)
{
	uint64_t window = l->seconds * (uint64_t)1000000000, now, full = 0;
	uint64_t place = rate_place(s, ip, plen, l);
	int room;

	if (!l->n)
		return 0;
	tally_lock(s->file, F_WRLCK, place, sizeof full);
	if (pread(s->file, &full, sizeof full, (off_t)place) < 0)
		log_diesys(111, "cannot read the state file", (char *)0);
	now = rate_now();
	if (full < now || full > now + window) /* from before a restart */
		full = now;
	full += window / l->n;
	room = full <= now + window;
	if (room &&
	    pwrite(s->file, &full, sizeof full, (off_t)place) != sizeof full)
		log_diesys(111, "cannot write the state file", (char *)0);
	tally_lock(s->file, F_UNLCK, place, sizeof full);
	return room;
}
