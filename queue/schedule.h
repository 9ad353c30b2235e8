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
	char name[];
};

struct schedule {
	struct waiting **heap;
	size_t n, room;
	uint64_t turn;
};

/* Adds message NAME. 0, or -1: no memory. */
int schedule_add(struct schedule *s, const char *name, uint64_t due, int again);

/* The earliest, or null; it stays the schedule's until taken. */
const struct waiting *schedule_first(const struct schedule *s);

/* Takes the earliest out; the caller frees it. */
struct waiting *schedule_take(struct schedule *s);

/* Takes message NAME out; null if it is not there. Looks at all of them: for what a person asks. */
struct waiting *schedule_pull(struct schedule *s, const char *name);

#endif
