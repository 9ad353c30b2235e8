/* SPDX-License-Identifier: ISC */
/* Fuzz target: lists of unique-ids (dovecot-uidlist, maps): what they tell are
 * strings without an end of line. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pop3/uidlist.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
each(void *data, const struct uidlist_entry *e)
{
	unsigned int *n = data;

	if (!*e->name || strchr(e->name, '\n') || strchr(e->id, '\n'))
		abort();
	return ++*n > 1000;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *s = malloc(size + 1);
	unsigned int n = 0;

	if (!s)
		return 0;
	memcpy(s, data, size);
	uidlist_walk(s, size, each, &n);
	free(s);
	return 0;
}
