/* SPDX-License-Identifier: ISC */
/* Headers of the PROXY protocol: within bounds, and the same verdict however
 * they are cut. */
#include "ipcheck/proxyhead.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* Scans a copy of just N bytes, so that a read beyond them is seen. */
static int
fuzz_scan(struct proxyhead *h, const uint8_t *data, size_t n)
{
	unsigned char *p = malloc(n ? n : 1);
	int whole;

	if (!p)
		abort();
	memcpy(p, data, n);
	whole = proxyhead_scan(h, p, n);
	free(p);
	return whole;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct proxyhead h;
	size_t n, least = 0;
	int whole = 0;

	if (size > PROXYHEAD_MAX + 1)
		size = PROXYHEAD_MAX + 1;
	for (n = 0; !whole && n <= size; n++) {
		whole = fuzz_scan(&h, data, n);
		if (whole < 0)
			break;
		if (h.len < least || h.len > PROXYHEAD_MAX ||
		    (whole ? h.len != n : h.len <= n))
			abort();
		least = h.len;
	}
	if (fuzz_scan(&h, data, size) != whole)
		abort();
	if ((whole < 0) != !!h.bad || (whole > 0 && h.len != least) ||
	    (whole > 0 && size >= PROXYHEAD_BEGIN &&
		!proxyhead_begins(data, size)))
		abort();
	return 0;
}
