/* SPDX-License-Identifier: ISC */
/* maildirsize: whatever stands in it. */
#include "quota.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct quota_sum sum;
	uint64_t limit;
	unsigned lines;

	if (!text)
		abort();
	memcpy(text, data, size);
	text[size] = 0;
	if (quota_parse(text, &limit, &sum, &lines) && lines > size)
		abort();
	free(text);
	return 0;
}
