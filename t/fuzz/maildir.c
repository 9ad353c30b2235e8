/* SPDX-License-Identifier: ISC */
/* Fuzzes lib/maildir: any name is taken apart within its bounds. */
#include "maildir.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct maildir_name n;
	char *s = malloc(size + 1);

	if (!s)
		abort();
	memcpy(s, data, size);
	s[size] = 0;
	maildir_parse(s, &n);
	if (n.uid > n.base || n.base > strlen(s) || n.s < MAILDIR_NONE ||
	    n.w < MAILDIR_NONE || n.flags > s + strlen(s) + 1)
		abort();
	free(s);
	return 0;
}
