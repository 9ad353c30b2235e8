/* SPDX-License-Identifier: ISC */
/* The messages that wait, as a binary heap. */
#include "queue/schedule.h"

#include <stdlib.h>
#include <string.h>

static int
schedule_before(const struct waiting *a, const struct waiting *b)
{
	return a->due != b->due ? a->due < b->due : a->turn < b->turn;
}

static int
schedule_grow(struct schedule *s)
{
	size_t room = s->room ? 2 * s->room : 64;
	void *heap;

	if (s->n < s->room)
		return 0;
	if (!(heap = reallocarray(s->heap, room, sizeof *s->heap)))
		return -1;
	s->heap = heap;
	s->room = room;
	return 0;
}

/* Puts W, which may be earlier than those above it, in place I or above. */
static void
schedule_rise(struct schedule *s, struct waiting *w, size_t i)
{
	size_t up;

	for (; i > 0; i = up) {
		up = (i - 1) / 2;
		if (!schedule_before(w, s->heap[up]))
			break;
		s->heap[i] = s->heap[up];
	}
	s->heap[i] = w;
}

int
schedule_add(struct schedule *s, const char *name, uint64_t due, int again)
{
	return schedule_add_for(s, name, due, again, 0);
}

int
schedule_add_for(struct schedule *s, const char *name, uint64_t due, int again,
    unsigned int group)
{
	size_t len = strlen(name) + 1;
	struct waiting *w;

	if (schedule_grow(s) < 0 || !(w = malloc(sizeof *w + len)))
		return -1;
	w->due = due;
	w->turn = s->turn++;
	w->again = again;
	w->group = group;
	memcpy(w->name, name, len);
	schedule_rise(s, w, s->n++);
	return 0;
}

void
schedule_hurry(
    struct schedule *s, unsigned int group, uint64_t now, unsigned int a_second)
{
	struct waiting *w;
	size_t i, found = 0;
	uint64_t due;

	/* who rises goes where this loop has been, and who makes room for it
	 * comes from there: none is missed */
	for (i = 0; i < s->n; i++) {
		w = s->heap[i];
		if (w->group != group)
			continue;
		due = now + found++ / a_second;
		w->group = 0;
		if (due >= w->due)
			continue;
		w->due = due;
		schedule_rise(s, w, i);
	}
}

const struct waiting *
schedule_first(const struct schedule *s)
{
	return s->n ? s->heap[0] : 0;
}

struct waiting *
schedule_take(struct schedule *s)
{
	struct waiting *first = s->heap[0], *last = s->heap[--s->n];
	size_t i, down;

	for (i = 0; (down = 2 * i + 1) < s->n; i = down) {
		if (down + 1 < s->n &&
		    schedule_before(s->heap[down + 1], s->heap[down]))
			down++;
		if (!schedule_before(s->heap[down], last))
			break;
		s->heap[i] = s->heap[down];
	}
	s->heap[i] = last;
	return first;
}

struct waiting *
schedule_pull(struct schedule *s, const char *name)
{
	size_t i;
	struct waiting *w;

	for (i = 0; i < s->n; i++)
		if (strcmp(s->heap[i]->name, name) == 0)
			break;
	if (i == s->n)
		return 0;
	for (w = s->heap[i]; i > 0; i = (i - 1) / 2)
		s->heap[i] = s->heap[(i - 1) / 2];
	s->heap[0] = w;
	return schedule_take(s);
}
