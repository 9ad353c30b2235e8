/* SPDX-License-Identifier: ISC */
/* Any bytes as a file of compiled rules: as they are (the first byte is
 * odd) or with sums that vouch for them; opened, looked up, stepped through. */
#include "rules.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vouch.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* Every string of V: reads all of it. */
static size_t
strings(const struct rules_value *v)
{
	const char *s = 0;
	size_t sum = 0;

	while ((s = rules_each(v, s)))
		sum += strlen(s);
	return sum + (rules_get(v, ".line") != 0);
}

static size_t
walk(struct rules *r)
{
	struct rules_value key, v, again;
	unsigned int pos = 0, n = 0;
	size_t sum = 0;

	while (n++ < 1000 && rules_next(r, &pos, &key, &v) == 1) {
		sum += strings(&v);
		if (rules_find(r, key.s, key.n, &again) == 1)
			sum += strings(&again);
	}
	return sum;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const char *const keys[] = {"/", ":", "a", "*", ""};
	struct rules_value v;
	char path[64];
	struct rules *r;
	size_t i, sum = 0;
	int fd = memfd_create("rules", 0);

	if (n < 1 || fd < 0)
		return close(fd) > 0;
	if (write(fd, data + 1, n - 1) != (ssize_t)n - 1)
		abort();
	if (n > 1 && data[0] % 2 == 0)
		(void)vouch_add(fd); /* not for what is no CDB file */
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if ((r = rules_open(path, "ip"))) {
		for (i = 0; i < sizeof keys / sizeof *keys; i++)
			if (rules_find(r, keys[i], strlen(keys[i]), &v) == 1)
				sum += strings(&v);
		sum += walk(r);
		rules_close(r);
	}
	close(fd);
	return sum == (size_t)-1;
}
