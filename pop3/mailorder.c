/* SPDX-License-Identifier: ISC */
/* The numbers of messages, where a list says which comes first: the messages
 * themselves stay sorted by name, as they are found by it. */
#include <stdlib.h>
#include <string.h>

#include "mailparts.h"

int
maildrop_put(struct maildrop *d, const struct message *m, uint64_t place)
{
	if (!d->place) {
		if (!(d->place = malloc(d->n * sizeof *d->place)))
			return -1;
		memset(d->place, 0xff, d->n * sizeof *d->place);
	}
	d->place[m - d->m] = place;
	return 0;
}

/* By place, then by name. */
static int
mailorder_compare(const void *x, const void *y, void *data)
{
	const uint64_t *place = data;
	uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;

	if (place[a] != place[b])
		return place[a] < place[b] ? -1 : 1;
	return (a > b) - (a < b);
}

int
maildrop_sort(struct maildrop *d)
{
	size_t i;

	if (!d->place)
		return 0;
	if (!(d->by = malloc(d->n * sizeof *d->by)))
		return -1;
	for (i = 0; i < d->n; i++)
		d->by[i] = (uint32_t)i;
	qsort_r(d->by, d->n, sizeof *d->by, mailorder_compare, d->place);
	free(d->place);
	d->place = 0;
	return 0;
}
