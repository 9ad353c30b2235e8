/* SPDX-License-Identifier: ISC */
/* Files of /etc and host names: whatever is found is clean and bounded. */
#include "etc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct resolve_names names;
	struct resolve_ips ips = {0};
	struct ip ip;
	char path[64], clean[HOSTNAME_SIZE];
	uint16_t port;
	size_t i;
	int fd = memfd_create("fuzz", 0);

	if (fd < 0 || write(fd, data, n) != (ssize_t)n)
		abort();
	sprintf(path, "/proc/self/fd/%d", fd);
	ip_scan("127.0.0.1", &ip);
	names.n = 0;
	etc_ips(path, "localhost", 0, &ips);
	etc_names(path, &ip, &names);
	if (etc_port(path, "smtp", &port) == 1 && port == 0)
		abort();
	if (ips.n > RESOLVE_MAX || names.n > RESOLVE_MAX)
		abort();
	for (i = 0; i < names.n; i++)
		if (!hostname_clean(clean, names.name[i]) ||
		    strcmp(clean, names.name[i]) != 0)
			abort();
	close(fd);
	return 0;
}
