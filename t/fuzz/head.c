/* SPDX-License-Identifier: ISC */
/* The header of a message: every field is inside of it. */
#include "queue/head.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size ? size : 1);
	struct head h;

	if (!text)
		abort();
	memcpy(text, data, size);
	head_start(&h, text, size);
	while (head_next(&h))
		if (h.name < text || h.value + h.value_n > h.next ||
		    h.next > text + size || memchr(h.name, ':', h.name_n))
			abort();
	head_automatic(text, size);
	head_delivered_to(text, size, "a@example.test");
	free(text);
	return 0;
}
