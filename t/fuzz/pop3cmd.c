/* SPDX-License-Identifier: ISC */
/* Fuzzes POP3 command lines: what is taken out lies within them. */
#include <stdlib.h>
#include <string.h>

#include "pop3/pop3cmd.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	unsigned long long v[POP3CMD_ARGS];
	char *s, *keyword, *arg;
	int i, n;

	if (memchr(data, 0, size) || !(s = malloc(size + 1)))
		return 0;
	memcpy(s, data, size);
	s[size] = 0;
	if (pop3cmd_split(s, size, &keyword, &arg)) {
		if (strlen(keyword) > POP3CMD_KEYWORD ||
		    (arg && arg > s + size))
			abort();
		n = pop3cmd_numbers(arg, v, POP3CMD_ARGS);
		if (n > POP3CMD_ARGS || pop3cmd_numbers(arg, 0, 0) > 0)
			abort();
		for (i = 0; i < n; i++)
			if (v[i] > 1ULL << 32)
				abort();
	}
	free(s);
	return 0;
}
