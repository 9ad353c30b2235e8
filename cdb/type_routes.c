/* SPDX-License-Identifier: ISC */
/* routes: DOMAIN, .DOMAIN or *; mx or HOST[:PORT]; tls=, auth=, source=. */
#include <skalibs/bytestr.h>
#include <string.h>

#include "address.h"
#include "ip.h"
#include "routes.h"
#include "type.h"

struct routes_line {
	const char *host, *port; /* host: null for the MX hosts */
	const char *tls, *auth, *source;
	int literal; /* the host is an address */
};

/* HOST, HOST:PORT, [IPV6] or [IPV6]:PORT, cut apart. 1, or 0, said. */
static int
routes_host(struct compile *c, struct routes_line *l, char *s)
{
	char *end = *s == '[' ? strchr(s, ']') : strchr(s, ':');
	char *port = end && *end == ']' ? end + 1 : end;
	struct ip ip;

	l->host = *s == '[' ? s + 1 : s;
	if (port && *port == ':')
		l->port = port + 1;
	else if (port && *port)
		l->port = "";
	if (end)
		*end = 0;
	l->literal = ip_scan(l->host, &ip);
	if ((*s == '[') != (l->literal && strchr(l->host, ':') != 0) ||
	    (*s == '[' && !end) || strcmp(l->host, "mx") == 0 ||
	    (!l->literal &&
		(!address_domain_valid(s, strlen(s), 1) ||
		    strspn(s, "0123456789.") == strlen(s))))
		source_error(&c->source,
		    "%s: not mx, HOST, HOST:PORT or [IPV6]:PORT", l->host);
	else if (l->port &&
	    (strspn(l->port, "0123456789") != strlen(l->port) ||
		strlen(l->port) - 1 > 4 || *l->port == '0' ||
		(strlen(l->port) == 5 && strcmp(l->port, "65535") > 0)))
		source_error(&c->source,
		    "after the host comes a colon and a port from 1 to 65535");
	else
		return 1;
	return 0;
}

/* One NAME=value. 1, or 0, said. */
static int
routes_option(struct compile *c, struct routes_line *l, const char *s)
{
	static const char *const names[] = {"tls=", "auth=", "source="};
	const char **to[] = {&l->tls, &l->auth, &l->source};
	const char *value;
	struct ip ip;
	size_t i, n = 3;

	for (i = 0; i < n && strncmp(s, names[i], strlen(names[i])); i++)
		;
	value = i < n ? s + strlen(names[i]) : s;
	if (i == n)
		source_error(&c->source, "%s: not tls=, auth= or source=", s);
	else if (*to[i])
		source_error(
		    &c->source, "%s stands twice in the line", names[i]);
	else if (i == 0 && routes_tls(value) < 0)
		source_error(&c->source,
		    "%s: not off, offer, require, verify or dane", s);
	else if (i == 1 && !*value)
		source_error(&c->source, "auth= needs a file");
	else if (i == 2 && !ip_scan(value, &ip))
		source_error(&c->source, "%s: not an address", s);
	else
		return *to[i] = value, 1;
	return 0;
}

/* What does not go together. 1 it does; 0 said. */
static int
routes_sound(struct compile *c, const struct routes_line *l)
{
	int tls = l->tls ? routes_tls(l->tls) : ROUTES_OFFER;

	if (l->auth && !l->host)
		source_error(&c->source,
		    "auth= with mx: whoever answers for the domain would get "
		    "the password; name the host");
	else if (l->auth && tls < ROUTES_REQUIRE)
		source_error(&c->source,
		    "auth= without tls=require, verify or dane: the password "
		    "could cross the network for all to read");
	else if (l->literal && tls == ROUTES_DANE)
		source_error(&c->source, "tls=dane needs the name of a host");
	else
		return 1;
	return 0;
}

static void
routes_record(struct compile *c, const struct routes_line *l)
{
	compile_begin(c);
	if (l->host)
		compile_puts(c, "host", l->host);
	if (l->host)
		compile_puts(c, "port", l->port ? l->port : "25");
	compile_puts(c, "tls", l->tls ? l->tls : "offer");
	if (l->auth)
		compile_puts(c, "auth", l->auth);
	if (l->source)
		compile_puts(c, "source", l->source);
}

void
routes_line(struct compile *c, char *text, size_t size)
{
	struct routes_line l = {0};
	char *field[5], key[ADDRESS_DOMAIN_MAX + 2] = "*";
	int n = source_fields(text, field, 5), i;

	(void)size;
	if (n < 2) {
		source_error(&c->source,
		    "write: DOMAIN mx, or DOMAIN HOST:PORT; then perhaps tls=, "
		    "auth= and source=");
		return;
	}
	if (strcmp(field[0], "*") != 0 &&
	    !type_domain(key, sizeof key, field[0])) {
		source_error(
		    &c->source, "%s: not a domain, .domain or *", field[0]);
		return;
	}
	case_lowers(field[1]);
	if (strcmp(field[1], "mx") != 0 && !routes_host(c, &l, field[1]))
		return;
	for (i = 2; i < n; i++)
		if (!routes_option(c, &l, field[i]))
			return;
	if (!routes_sound(c, &l))
		return;
	routes_record(c, &l);
	compile_once(c, key, strlen(key), key);
}
