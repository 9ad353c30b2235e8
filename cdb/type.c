/* SPDX-License-Identifier: ISC */
/* The table of rule types. */
#include "type.h"

#include <string.h>

#include "address.h"
#include "explain.h"

const char type_names[] =
    "ip relay users mailboxes groups domains aliases routes";

static const struct type types[] = {
    {"ip", 0644, ip_line, ip_end, explain_ip, {0}},
    {"relay", 0644, relay_line, relay_end, explain_relay, {0}},
    {"users", 0600, users_line, 0, explain_address, {"groups"}},
    {"mailboxes", 0644, mailboxes_line, 0, explain_address, {"groups"}},
    {"groups", 0644, groups_line, 0, explain_name, {0}},
    {"domains", 0644, domains_line, domains_end, explain_domain, {0}},
    {"aliases", 0644, aliases_line, aliases_end, explain_address,
	{"domains", "mailboxes"}},
    {"routes", 0644, routes_line, 0, explain_route, {0}},
};

const struct type *
type_find(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof types / sizeof *types; i++)
		if (strcmp(types[i].name, name) == 0)
			return types + i;
	return 0;
}

int
type_domain(char *key, size_t size, const char *s)
{
	size_t dot = *s == '.', n = strlen(s);

	if (n >= size || !address_domain_valid(s + dot, n - dot, 1))
		return 0;
	memcpy(key, s, n + 1);
	return address_domain_key(key, size);
}

int
type_group_valid(const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!((s[i] >= '0' && s[i] <= '9') ||
			(s[i] >= 'a' && s[i] <= 'z') ||
			(s[i] >= 'A' && s[i] <= 'Z') || s[i] == '-' ||
			s[i] == '_' || s[i] == '.'))
			return 0;
	return n > 0 && n <= 64;
}
