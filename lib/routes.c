/* SPDX-License-Identifier: ISC */
/* Looking up routes. */
#include "routes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int
routes_tls(const char *word)
{
	static const char *const words[] = {
	    "off", "offer", "require", "verify", "dane"};
	size_t i;

	for (i = 0; i < sizeof words / sizeof *words; i++)
		if (strcmp(words[i], word) == 0)
			return (int)i;
	return -1;
}

/* Takes the record V apart. 1, or -1 damaged. */
static int
routes_fill(struct routes_way *way, const struct rules_value *v)
{
	const char *tls = rules_get(v, "tls"), *port = rules_get(v, "port");
	int level = tls ? routes_tls(tls) : -1;
	unsigned long n = port ? strtoul(port, 0, 10) : ROUTES_PORT;

	if (level < 0 || n < 1 || n > 65535) {
		errno = EPROTO;
		return -1;
	}
	way->tls = (enum routes_tls)level;
	way->port = (unsigned int)n;
	way->host = rules_get(v, "host");
	way->auth = rules_get(v, "auth");
	way->source = rules_get(v, "source");
	way->value = *v;
	return 1;
}

int
routes_find(struct rules *r, const char *domain, struct routes_way *way)
{
	static const struct routes_way none = {
	    .port = ROUTES_PORT, .tls = ROUTES_OFFER};
	struct rules_value v;
	const char *key = domain;
	int found = rules_find(r, key, strlen(key), &v);

	*way = none;
	while (!found && *key && (key = strchr(key + 1, '.')))
		found = rules_find(r, key, strlen(key), &v);
	if (!found)
		found = rules_find(r, "*", 1, &v);
	return found > 0 ? routes_fill(way, &v) : found;
}
