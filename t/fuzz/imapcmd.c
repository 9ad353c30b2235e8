/* SPDX-License-Identifier: ISC */
/* Fuzz target: an IMAP command, its literals in it, as imaplogin takes it
 * apart: what it finds lies within, in order, and a tag is a tag. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "imap/imapcmd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
need(int good)
{
	if (!good)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *p, *end, *s, *last;
	unsigned long long literal;
	struct imapcmd c;
	size_t n, i;

	if (!text)
		return 0;
	memcpy(text, data, size);
	if (imapcmd_literal(text, size, &literal) != IMAPCMD_NONE)
		need(size >= 3 && literal <= 1ULL << 32);
	if (imapcmd_split(text, size, &c) == 1) {
		need(*c.tag && *c.name && c.args >= text &&
		    c.args + c.n == text + size);
		for (i = 0; c.tag[i]; i++)
			need(imapcmd_tagchar(c.tag[i]));
		p = last = c.args;
		end = c.args + c.n;
		while (imapcmd_astring(&p, end, &s, &n)) {
			need(s >= last && s + n <= p && p <= end);
			last = p;
			if (!imapcmd_space(&p, end))
				break;
		}
	}
	free(text);
	return 0;
}
