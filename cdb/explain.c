/* SPDX-License-Identifier: ISC */
/* What compiled rules say about a key. A password hash is never shown. */
#include "explain.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "relaycheck/relayrules.h"
#include "routes.h"

/* Prints S; control characters, which only a damaged file holds, as '?'. */
static void
explain_text(const char *s)
{
	for (; *s; s++)
		putchar((unsigned char)*s < ' ' || *s == 127 ? '?' : *s);
}

/* The record's NAME=value strings, each on a line; no hash. */
static void
explain_fields(const struct rules_value *v)
{
	const char *s = 0;

	while ((s = rules_each(v, s))) {
		if (*s == '.' || strncmp(s, "hash=", 5) == 0)
			continue;
		explain_text(s);
		putchar('\n');
	}
}

static void
explain_line(const struct rules_value *v)
{
	const char *line = rules_get(v, ".line"), *text = rules_get(v, ".text");

	if (!line || !text)
		return;
	printf("# line ");
	explain_text(line);
	printf(": ");
	explain_text(text);
	putchar('\n');
}

/* Prints what was FOUND: a record with VERDICT before it (or null), or that
 * there is none. Returns FOUND. */
static int
explain_found(int found, const struct rules_value *v, const char *verdict)
{
	if (found < 0)
		return -1;
	if (verdict)
		puts(verdict);
	if (!found) {
		puts("# no rule: deny");
		return 0;
	}
	explain_fields(v);
	explain_line(v);
	return 1;
}

int
explain_ip(struct rules *r, const char *what)
{
	char address[IP_FMT];
	const char *host = strchr(what, '=');
	struct iprules_verdict v;
	struct ip ip;
	size_t n = host ? (size_t)(host - what) : strlen(what);
	int found;

	if (n < sizeof address) {
		memcpy(address, what, n);
		address[n] = 0;
	}
	if (n >= sizeof address || !ip_scan(address, &ip)) {
		errno = EINVAL;
		return -1;
	}
	found = iprules_find(r, &ip, host ? host + 1 : 0, &v);
	found = explain_found(
	    found, &v.value, found > 0 && v.allow ? "allow" : "deny");
	return found > 0 ? v.allow : found;
}

/* The domain S as it is looked up into KEY (RULES_KEY_MAX bytes). 1; 0 it is
 * none. */
static int
explain_name_key(char *key, const char *s)
{
	if (strlen(s) >= RULES_KEY_MAX)
		return 0;
	strcpy(key, s);
	return address_domain_key(key, RULES_KEY_MAX);
}

int
explain_relay(struct rules *r, const char *what)
{
	char key[RULES_KEY_MAX];
	struct rules_value v;
	const char *allow;
	struct ip ip;
	int found;

	if (ip_scan(what, &ip))
		return explain_ip(r, what);
	if (strncmp(what, "to:", 3) == 0 && explain_name_key(key, what + 3))
		found = relayrules_to(r, key, &v);
	else if (strncmp(what, "from:", 5) == 0 && address_key(key, what + 5))
		found = relayrules_from(r, key, &v);
	else if (strcmp(what, "popauth") == 0)
		found = rules_find(r, "popauth", 7, &v);
	else {
		errno = EINVAL;
		return -1;
	}
	allow = found > 0 ? rules_get(&v, ".verdict") : 0;
	allow = allow && strcmp(allow, "allow") == 0 ? allow : "deny";
	return explain_found(found, &v, allow);
}

static int
explain_key(struct rules *r, const char *key)
{
	struct rules_value v;
	int found = rules_find(r, key, strlen(key), &v);

	if (found)
		return explain_found(found, &v, 0);
	puts("# no such key");
	return EXPLAIN_MISSING;
}

int
explain_address(struct rules *r, const char *what)
{
	char key[ADDRESS_MAX + 1];

	/* an alias may be of all of a domain, or of postmaster */
	if (address_key(key, what))
		return explain_key(r, key);
	return strcasecmp(what, "postmaster") ? explain_key(r, what)
					      : explain_key(r, "postmaster");
}

int
explain_domain(struct rules *r, const char *what)
{
	char key[RULES_KEY_MAX];

	return explain_name_key(key, what) ? explain_key(r, key)
					   : explain_key(r, what);
}

int
explain_name(struct rules *r, const char *what)
{
	return explain_key(r, what);
}

int
explain_route(struct rules *r, const char *what)
{
	char key[RULES_KEY_MAX];
	struct routes_way way;
	int found = explain_name_key(key, what) ? routes_find(r, key, &way) : 0;

	if (found)
		return explain_found(found, &way.value, 0);
	puts("# no route: to its MX hosts, TLS offered");
	return EXPLAIN_MISSING;
}

/* Prints TEXT, a source line; with HASH, that in place of the password field. */
static void
explain_source(const char *text, const char *hash)
{
	const char *field = hash ? strchr(text, ':') : 0;

	if (field && field[1] == '*') {
		printf("%.*s", (int)(field + 1 - text), text);
		explain_text(hash);
		text = field + 2;
	}
	explain_text(text);
	putchar('\n');
}

int
explain_dump(struct rules *r, int secrets)
{
	struct rules_value key, v;
	unsigned int pos = 0;
	unsigned long last = 0, n;
	const char *line, *text;
	int more;

	while ((more = rules_next(r, &pos, &key, &v)) > 0) {
		if (!(line = rules_get(&v, ".line")))
			continue; /* the compiler's own */
		n = strtoul(line, 0, 10);
		if (n == last)
			continue; /* a line of several keys */
		if (n < last || !(text = rules_get(&v, ".text"))) {
			errno = EPROTO;
			return -1;
		}
		while (++last < n)
			putchar('\n');
		explain_source(text, secrets ? rules_get(&v, "hash") : 0);
	}
	return more < 0 ? -1 : rules_whole(r);
}
