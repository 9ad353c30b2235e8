/* SPDX-License-Identifier: ISC */
/* Limits: what is read, written again, reads the same. */
#include "limit.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), again[LIMIT_FMT];
	struct limit l, m;
	int rate;

	if (!text)
		abort();
	memcpy(text, data, size);
	text[size] = 0;
	for (rate = 0; rate < 2; rate++) {
		if (!limit_scan(text, rate, &l))
			continue;
		if (!l.none &&
		    (l.n > (rate ? LIMIT_RATE : LIMIT_MAX) ||
			(l.seconds == 0) == rate || l.seconds > LIMIT_SECONDS))
			abort();
		if (!limit_scan(limit_fmt(again, &l), rate, &m) ||
		    memcmp(&l, &m, sizeof l) != 0)
			abort();
	}
	free(text);
	return 0;
}
