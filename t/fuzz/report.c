/* SPDX-License-Identifier: ISC */
/* What a delivery says: nothing of it begins a line, all of it is there. */
#include "queue/report.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check(const char *s)
{
	for (; s && *s; s++)
		if ((unsigned char)*s < ' ' || *s == 127)
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct report r;
	int code = size % 3 ? 100 : (int)(size % 256);

	if (!text)
		abort();
	memcpy(text, data, size);
	text[size] = 0;
	report_read(text, code, &r);
	if (!r.status || !r.reason || strlen(r.status) < 5)
		abort();
	check(r.status);
	check(r.reason);
	check(r.remote);
	check(r.reply);
	if (report_permanent(&r, code) && (code != 100 || *r.status != '5'))
		abort();
	free(text);
	return 0;
}
