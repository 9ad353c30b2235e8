/* SPDX-License-Identifier: ISC */
/* TLSA records and fingerprints as text: what is accepted holds bounded data
 * of what the text says, and a fingerprint can always be used. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tlsa.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *s = malloc(size + 1);
	struct tlsa t;

	if (!s)
		return 0;
	memcpy(s, data, size);
	s[size] = 0;
	if (tlsa_scan(s, &t)) {
		if (t.n == 0 || t.n > TLSA_DATA_MAX || 2 * t.n + 6 > size)
			abort();
		if (tlsa_usable(&t) && (t.usage < 2 || t.usage > 3))
			abort();
	}
	if (tlsa_scan_pin(s, &t) &&
	    (!tlsa_usable(&t) || t.usage != 3 || t.type != 1 || t.n != 32))
		abort();
	free(s);
	return 0;
}
