/* SPDX-License-Identifier: ISC */
/* Policy requests, as many as the input holds. */
#include "policy.h"

#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "deadline.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct policy_request q;
	int fd = memfd_create("policy", 0);
	tain d;
	size_t i;

	if (fd < 0 || write(fd, data, n) != (ssize_t)n || lseek(fd, 0, 0) < 0)
		__builtin_trap();
	deadline_in(&d, 10);
	policy_clear(&q);
	while (policy_read(fd, &q, &d) == 1)
		for (i = 0; i < q.n; i++)
			if (strchr(q.field[i].name, '\n') ||
			    !policy_get(&q, q.field[i].name))
				__builtin_trap();
	close(fd);
	return 0;
}
