/* SPDX-License-Identifier: ISC */
/* Fuzzes smtp/path.c: what is a mailbox must be whole, and hold no control
 * character. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "smtp/path.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *s = malloc(n ? n : 1);
	struct smtp_path p;
	size_t i;

	if (n)
		memcpy(s, data, n);
	switch (smtp_path_read(s, n, &p)) {
	case SMTP_PATH_OK:
	case SMTP_PATH_UTF8:
		if (p.n > ADDRESS_MAX || p.used > n || s[p.used - 1] != '>')
			abort();
		for (i = 0; i < p.n; i++)
			if ((unsigned char)p.s[i] < ' ' || p.s[i] == 127)
				abort();
		break;
	case SMTP_PATH_NULL:
	case SMTP_PATH_LOCAL:
	case SMTP_PATH_MAILBOX:
		if (p.s < s || p.s + p.n >= s + n || p.used > n)
			abort();
		break;
	case SMTP_PATH_SYNTAX:
		break;
	}
	free(s);
	return 0;
}
