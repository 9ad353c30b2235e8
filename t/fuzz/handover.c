/* SPDX-License-Identifier: ISC */
/* Fuzzes queue/handover.c: found whole in one look or byte by byte alike, and
 * what is good holds addresses and nothing else. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "queue/handover.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *s = malloc(n ? n : 1);
	size_t whole, step = 0, i;
	struct handover h;
	const char *to, *c;

	if (n)
		memcpy(s, data, n);
	whole = handover_whole(s, n, 0);
	for (i = 1; i <= n && !step; i++)
		step = handover_whole(s, i, i - 1);
	if (whole != step || whole > n)
		abort();
	if (whole && handover_read(s, whole, &h) == HANDOVER_OK) {
		for (i = 0, to = h.to; i < h.n; i++, to = handover_next(to))
			for (c = to; *c; c++)
				if ((unsigned char)*c < ' ' || *c == 127)
					abort();
		if (h.n < 1 || to != s + whole)
			abort();
	}
	free(s);
	return 0;
}
