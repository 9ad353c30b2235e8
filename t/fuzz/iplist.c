/* SPDX-License-Identifier: ISC */
/* Address lists: check and match agree. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "iplist.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct ip ip;
	const char *bad;
	char *list;

	if (n < 17 || !(list = malloc(n - 16)))
		return 0;
	memcpy(ip.b, data, 16);
	ip.len = data[16] & 1 ? 4 : 16;
	memcpy(list, data + 17, n - 17);
	list[n - 17] = 0;
	if (iplist_check(list, &bad) != (iplist_match(list, &ip) >= 0))
		abort();
	free(list);
	return 0;
}
