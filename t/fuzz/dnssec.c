/* SPDX-License-Identifier: ISC */
/* Questions to dnssecd and its answers: strings end, and what is written is
 * read as the same. */
#include "dnssec.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct dnssec a, b;
	char name[HOSTNAME_SIZE], clean[HOSTNAME_SIZE];

	if (n > sizeof a.text)
		return 0;
	if (dnssec_question((const char *)data, n, name) && *name &&
	    !hostname_clean(clean, name))
		abort();
	memcpy(a.text, data, n);
	if (!dnssec_read(&a, n))
		return 0;
	if (strlen(a.name) + strlen(a.why) + a.n + 4 != n)
		abort();
	if (!dnssec_read(&b, dnssec_write(b.text, &a)))
		abort();
	if (strlen(a.name) < HOSTNAME_SIZE && a.n <= DNSSEC_PACKET &&
	    (a.status != b.status || a.some != b.some ||
		strcmp(a.name, b.name) != 0 || a.n != b.n))
		abort();
	return 0;
}
