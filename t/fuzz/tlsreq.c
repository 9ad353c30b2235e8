/* SPDX-License-Identifier: ISC */
/* Requests of tlswrap as tlsd reads them: what is accepted is written again
 * to the same effect, and holds nothing that a log could misread. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tlswrap/tlsreq.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
fuzz_field(const char *s, size_t size)
{
	if (strnlen(s, size) == size)
		abort();
	for (; *s; s++)
		if (*s <= ' ' || *s >= 127)
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tlsreq a, b;
	char again[TLSREQ_MAX];
	size_t n;

	tlsreq_host((const char *)data, size);
	if (!(n = tlsreq_read(&a, (const char *)data, size)))
		return 0;
	if (n > size || data[n - 1])
		abort();
	fuzz_field(a.protocol, sizeof a.protocol);
	fuzz_field(a.connid, sizeof a.connid);
	fuzz_field(a.ip, sizeof a.ip);
	fuzz_field(a.verify, sizeof a.verify);
	n = tlsreq_write(again, &a);
	if (n > sizeof again || tlsreq_read(&b, again, n) != n ||
	    memcmp(&a, &b, sizeof a) != 0)
		abort();
	return 0;
}
