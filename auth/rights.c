/* SPDX-License-Identifier: ISC */
/* What a user's groups let him do from an address. */
#include <string.h>

#include "auth.h"
#include "iplist.h"

/* One group, NAME of N bytes. */
static int
rights_group(struct rules *g, const char *name, size_t n, const char *service,
    const struct ip *ip)
{
	struct rules_value v;
	const char *list;
	int r = rules_find(g, name, n, &v);

	if (r <= 0)
		return r;
	if (!(list = rules_get(&v, service)))
		return 0;
	if (!ip)
		return strcmp(list, "*") == 0;
	return iplist_match(list, ip);
}

int
rights_granted(struct rules *g, const char *groups, const char *service,
    const struct ip *ip)
{
	size_t n;
	int r;

	for (;;) {
		n = strcspn(groups, ",");
		if ((r = rights_group(g, groups, n, service, ip)) != 0)
			return r;
		if (!groups[n])
			return 0;
		groups += n + 1;
	}
}
