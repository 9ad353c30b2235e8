/* SPDX-License-Identifier: ISC */
/* Policies and records of MTA-STS and the files of the cache: bounded, and every
 * pattern is a clean one that its own host fits. */
#include "smtp/stspolicy.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "smtp/routests.h"
#include "smtp/stscache.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check(const struct stspolicy *p)
{
	char host[HOSTNAME_SIZE + 2];
	size_t i;

	if (p->n > STSPOLICY_MX || p->max_age > STSPOLICY_AGE)
		abort();
	for (i = 0; i < p->n; i++) {
		strcpy(host, p->mx[i]);
		if (*host == '*')
			*host = 'x';
		if (strlen(host) < HOSTNAME_SIZE && !stspolicy_match(p, host))
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct stspolicy p;
	static struct stscache c;
	static struct routests answer;
	char id[STSPOLICY_ID], *s;

	if (!stspolicy_parse(&p, (const char *)data, n)) {
		check(&p);
		if (!p.n && p.mode != STSPOLICY_NONE)
			abort();
	}
	if (n < 70000 && stscache_parse(&c, (const char *)data, n) &&
	    (c.n > n || strlen(c.failed) >= STSCACHE_WHY))
		abort();
	if (!(s = malloc(n + 1)))
		return 0;
	memcpy(s, data, n);
	s[n] = 0;
	if (stspolicy_txt(s, id) == 1 &&
	    (!*id || strlen(id) >= STSPOLICY_ID || !strstr(s, id)))
		abort();
	if (routests_parse(&answer, s) == 0)
		check(&answer.policy);
	free(s);
	return 0;
}
