/* SPDX-License-Identifier: ISC */
/* The client's name, if it is proved: anybody may write any name into the
 * reverse zone of his own addresses, but only who owns the name lets it lead
 * back to them. */
#include "remotehost.h"

#include <string.h>

static int
remotehost_leads_back(const struct resolve_ips *a, const struct ip *ip)
{
	size_t i;

	for (i = 0; i < a->n; i++)
		if (ip_match(&a->ip[i], ip, ip->len * 8u))
			return 1;
	return 0;
}

enum resolve_result
remotehost_find(char *host, const struct ip *ip, const tain *deadline)
{
	struct resolve_names names;
	struct resolve_ips a;
	enum resolve_result r = resolve_names(ip, &names, deadline), back;
	size_t i;

	if (r != RESOLVE_FOUND)
		return r;
	r = RESOLVE_NONE;
	for (i = 0; i < names.n; i++) {
		back = resolve_ips(names.name[i], ip->len, &a, deadline);
		if (back == RESOLVE_FOUND && remotehost_leads_back(&a, ip)) {
			strcpy(host, names.name[i]);
			return RESOLVE_FOUND;
		}
		if (back == RESOLVE_TEMP)
			r = RESOLVE_TEMP;
	}
	return r;
}
