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

int
schedule_add(struct schedule *s, const char *name, uint64_t due, int again)
{
	size_t len = strlen(name) + 1, i, up;
	struct waiting *w;

	if (schedule_grow(s) < 0 || !(w = malloc(sizeof *w + len)))
		return -1;
	w->due = due;
	w->turn = s->turn++;
	w->again = again;
	memcpy(w->name, name, len);
	for (i = s->n++; i > 0; i = up) {
		up = (i - 1) / 2;
		if (!schedule_before(w, s->heap[up]))
			break;
		s->heap[i] = s->heap[up];
	}
	s->heap[i] = w;
	return 0;
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
