/* SPDX-License-Identifier: ISC */
/* What queued reads of the destinations that it left alone: nothing of it is
 * without bounds, and no line of it can become two. */
#include "queue/backoff.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { NOW = 1795539000 };

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check(const struct dest *d)
{
	const char *s;

	if (d->until > NOW + DEST_BACKOFF_MAX ||
	    d->until + DEST_BACKOFF_MAX <= NOW || d->fails < 1 ||
	    d->fails > DEST_FAILS || !*d->domain || !*d->reason)
		abort();
	for (s = d->domain; *s; s++)
		if ((unsigned char)*s <= ' ' || *s == 127)
			abort();
	for (s = d->reason; *s; s++)
		if ((unsigned char)*s < ' ' || *s == 127)
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct dests all;
	char *text = malloc(size + 1);
	struct dest *d;
	size_t i, n = 0;

	if (!text)
		abort();
	memcpy(text, data, size);
	backoff_parse(&all, text, size, NOW);
	free(text);
	for (i = 0; i < DEST_TABLE; i++)
		while ((d = all.table[i])) {
			check(d);
			all.table[i] = d->chain;
			free(d);
			n++;
		}
	if (n > BACKOFF_DESTS)
		abort();
	return 0;
}
