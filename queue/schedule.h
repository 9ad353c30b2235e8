/* SPDX-License-Identifier: ISC */
/* The messages that wait, by the time they are due: a binary heap. */
#ifndef SCHEDULE_H
#define SCHEDULE_H

#include <stddef.h>
#include <stdint.h>

#define SCHEDULE_NEVER UINT64_MAX

struct waiting {
	uint64_t due;  /* seconds of the wall clock */
	uint64_t turn; /* first come, first served among those due at once */
	int again;     /* an attempt before may have delivered it */
	unsigned int group; /* what it waits for, or 0 */
	char name[];
};

struct schedule {
	struct waiting **heap;
	size_t n, room;
	uint64_t turn;
};

/* Adds message NAME. 0, or -1: no memory. */
int schedule_add(struct schedule *s, const char *name, uint64_t due, int again);

/* The same, for one that waits for GROUP, which is not 0. */
int schedule_add_for(struct schedule *s, const char *name, uint64_t due,
    int again, unsigned int group);

/* What GROUP waits for is there: its messages are due from NOW on, so many of
 * them A_SECOND, unless they were due before. Looks at all messages. */
void schedule_hurry(struct schedule *s, unsigned int group, uint64_t now,
    unsigned int a_second);

/* The earliest, or null; it stays the schedule's until taken. */
const struct waiting *schedule_first(const struct schedule *s);

/* Takes the earliest out; the caller frees it. */
struct waiting *schedule_take(struct schedule *s);

/* Takes message NAME out; null if it is not there. Looks at all of them: for
 * what a person asks. */
struct waiting *schedule_pull(struct schedule *s, const char *name);

#endif
