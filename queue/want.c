/* SPDX-License-Identifier: ISC */
/* Who gets the next link. */
#include "queue/want.h"

void
want_add(struct want *w, struct dest *d)
{
	struct want_line *line = &w->line[dest_class(d)];

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
want_may(const struct want *w, enum dest_class c)
{
	unsigned int doubtful = w->busy[DEST_NEW] + w->busy[DEST_FAILED];

	if (c == DEST_FAILED && w->busy[DEST_FAILED] >= (w->max + 1) / 2)
		return 0;
	return c == DEST_PROVEN || doubtful < w->max - w->max / 4;
}

struct dest *
want_next(struct want *w)
{
	enum dest_class c;
	struct dest *d;

	for (c = 0; c < DEST_CLASSES; c++)
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
	return w->line[DEST_PROVEN].first || w->line[DEST_NEW].first;
}
