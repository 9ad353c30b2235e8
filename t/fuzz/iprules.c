/* SPDX-License-Identifier: ISC */
/* Lookups in a damaged file of compiled ip rules that its sums vouch for: the
 * input is the file without them. */
#include "iprules.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vouch.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const char *const addresses[] = {
	    "10.1.2.3", "192.0.2.1", "::1", "2001:db8::1"};
	struct iprules_verdict v;
	struct rules *r;
	struct ip ip;
	char path[64];
	size_t i, sum = 0;
	int fd = memfd_create("rules", 0);

	if (fd < 0 || write(fd, data, n) != (ssize_t)n)
		__builtin_trap();
	if (n)
		(void)vouch_add(fd); /* not for what is no CDB file */
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if ((r = rules_open(path, "ip"))) {
		for (i = 0; i < sizeof addresses / sizeof *addresses; i++)
			if (ip_scan(addresses[i], &ip) &&
			    iprules_find(r, &ip, "a.example.org", &v) == 1)
				sum += strlen(v.line) + strlen(v.text);
		rules_close(r);
	}
	close(fd);
	return sum == (size_t)-1;
}
