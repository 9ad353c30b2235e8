/* SPDX-License-Identifier: ISC */
/* Fuzzes queue/notes.c: what is valid goes into a queue file that is read back,
 * and holds no more lines than that. */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "queue/notes.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static int dir = -1;
	struct queue_out *q;
	char *text = malloc(n + 1);

	if (dir < 0)
		dir = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (!text || dir < 0)
		abort();
	memcpy(text, data, n);
	text[n] = 0;
	if (notes_valid(text)) {
		if (!(q = queue_start(dir, "-", "")))
			abort();
		if (notes_write(text, 0, q) < 0 || queue_to(q, "a@b") < 0 ||
		    notes_write(text, "a@b", q) < 0)
			abort();
		queue_abort(q);
	}
	free(text);
	return 0;
}
