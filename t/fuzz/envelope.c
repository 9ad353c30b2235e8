/* SPDX-License-Identifier: ISC */
/* Fuzzes the reader of queue files' envelopes and of their names. */
#include "queue/envelope.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const unsigned char *, size_t);

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t n)
{
	char *text = malloc(n + 1);
	struct envelope e;
	uint64_t size;
	size_t i;

	memcpy(text, data, n);
	text[n] = 0;
	envelope_name(text, &size);
	if (envelope_parse(text, n, &e) != 1)
		return 0;
	/* what it accepts is what it says */
	if (e.body > n || e.body < 2 || data[e.body - 1] != '\n' ||
	    data[e.body - 2] != '\n')
		abort();
	for (i = 0; i < e.to_n; i++)
		if (!*e.to[i].address || strchr(e.to[i].address, '\n') ||
		    (e.to[i].notify && strchr(e.to[i].notify, '\n')) ||
		    (e.to[i].orcpt && strchr(e.to[i].orcpt, '\n')))
			abort();
	envelope_free(&e);
	return 0;
}
