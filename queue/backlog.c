/* SPDX-License-Identifier: ISC */
/* What waits for one destination. */
#include "queue/backlog.h"

#include <stdlib.h>

int
backlog_add(struct backlog *b, struct job *j, struct job_target *t)
{
	struct backlog_item *i = b->end;

	if (i && i->job == j && i->n < BACKLOG_RECIPIENTS) {
		i->target[i->n++] = t;
		return 0;
	}
	if (!(i = malloc(sizeof *i)))
		return -1;
	i->next = 0;
	i->job = j;
	i->n = 1;
	i->target[0] = t;
	if (b->end)
		b->end->next = i;
	else
		b->first = i;
	b->end = i;
	b->n++;
	return 0;
}

struct backlog_item *
backlog_take(struct backlog *b)
{
	struct backlog_item *i = b->first;

	if (!i)
		return 0;
	if (!(b->first = i->next))
		b->end = 0;
	b->n--;
	return i;
}
