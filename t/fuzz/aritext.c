/* SPDX-License-Identifier: ISC */
/* Fuzzes the reader of a CA's renewal information: strings have a bound. */
#include <stdlib.h>
#include <string.h>

/* it is part of certtool, which is not among the stages */
#include "certtool/aritext.c"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	char value[ARITEXT_MAX];
	char *s = malloc(size + 1);

	if (!s)
		return 0;
	memcpy(s, data, size);
	s[size] = 0;
	aritext_time(s);
	if (aritext_string(value, s, "start")) {
		if (strlen(value) >= ARITEXT_MAX || strchr(value, '"'))
			abort();
		aritext_time(value);
	}
	free(s);
	return 0;
}
