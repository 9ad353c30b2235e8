/* SPDX-License-Identifier: ISC */
/* Who gets the next link. */
#include "queue/want.h"

enum want_class
want_class(const struct dest *d)
{
	return d->fails ? WANT_FAILED : d->proven ? WANT_PROVEN : WANT_NEW;
}

void
want_add(struct want *w, struct dest *d)
{
	struct want_line *line = &w->line[want_class(d)];

	if (d->queued || !d->backlog.n || d->links >= dest_links(d))
		return;
	d->queued = 1;
	d->next = 0;
	if (line->first)
		line->end->next = d;
	else
		line->first = d;
	line->end = d;
}

/* 1 if a destination of class C may have one more link. */
static int
want_may(const struct want *w, enum want_class c)
{
	unsigned int doubtful = w->busy[WANT_NEW] + w->busy[WANT_FAILED];

	if (c == WANT_FAILED && w->busy[WANT_FAILED] >= (w->max + 1) / 2)
		return 0;
	return c == WANT_PROVEN || doubtful < w->max - w->max / 4;
}

struct dest *
want_next(struct want *w)
{
	enum want_class c;
	struct dest *d;

	for (c = 0; c < WANT_CLASSES; c++)
		if ((d = w->line[c].first) && want_may(w, c)) {
			w->line[c].first = d->next;
			d->queued = 0;
			return d;
		}
	return 0;
}

int
want_presses(const struct want *w)
{
	return w->line[WANT_PROVEN].first || w->line[WANT_NEW].first;
}
