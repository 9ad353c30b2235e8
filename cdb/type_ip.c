/* SPDX-License-Identifier: ISC */
/* ip rules: ADDRESS:allow or deny, and variables. */
#include <skalibs/bytestr.h>
#include <string.h>

#include "address.h"
#include "iprules.h"
#include "nets.h"
#include "type.h"

/* The colon before the verdict: an IPv6 address holds others, but no verdict.
 * Null: there is none. */
static char *
ip_colon(char *text)
{
	char *colon = text;

	for (; (colon = strchr(colon, ':')); colon++)
		if (strncmp(colon + 1, "allow", 5) == 0 ||
		    strncmp(colon + 1, "deny", 4) == 0)
			return colon;
	return 0;
}

/* Warns of a value of TLS that the programs of Postern refuse to run with. */
static void
ip_known(struct compile *c, const char *name, const char *value, size_t n)
{
	static const char *const known[] = {"off", "offer", "require"};
	size_t i;

	if (strcmp(name, "TLS") != 0)
		return;
	for (i = 0; i < sizeof known / sizeof *known; i++)
		if (strlen(known[i]) == n && memcmp(known[i], value, n) == 0)
			return;
	source_warn(&c->source,
	    "TLS is none of off, offer and require: such a connection ends");
}

/* One ,NAME="value" at *S, which moves on. 1, or 0 with the error said. */
static int
ip_variable(struct compile *c, const char **s)
{
	const char *name = *s + 1, *eq = strchr(name, '='), *value, *end;
	char copy[64];
	size_t n = eq ? (size_t)(eq - name) : 0;

	if (**s != ',' || !eq || n >= sizeof copy) {
		source_error(&c->source,
		    "after the verdict come variables, "
		    "each as ,NAME=\"value\"");
		return 0;
	}
	memcpy(copy, name, n);
	copy[n] = 0;
	if (iprules_settable(name, n) <= 0) {
		source_error(
		    &c->source, "a rule may not set a variable named %s", copy);
		return 0;
	}
	value = eq + 2;
	if (!eq[1] || !(end = strchr(value, eq[1]))) {
		source_error(&c->source,
		    "the value of %s does not end with "
		    "the character it began with",
		    copy);
		return 0;
	}
	compile_put(c, copy, value, (size_t)(end - value));
	ip_known(c, copy, value, (size_t)(end - value));
	*s = end + 1;
	return 1;
}

/* The verdict and variables at S into the record. 1, or 0, said. */
static int
ip_instructions(struct compile *c, const char *s)
{
	int allow = *s == 'a';

	compile_begin(c);
	compile_puts(c, ".verdict", allow ? "allow" : "deny");
	s += allow ? 5 : 4;
	while (*s)
		if (!ip_variable(c, &s))
			return 0;
	return 1;
}

/* =host, =.suffix or =: kept in lower case. */
static void
ip_host(struct compile *c, char *host, size_t n, int allow)
{
	if (n > ADDRESS_DOMAIN_MAX || strpbrk(host, " \t@")) {
		source_error(&c->source, "%s: not a host name", host);
		return;
	}
	case_lowers(host);
	compile_unique(c, host, n, host);
	c->host[allow] = 1;
}

void
ip_line(struct compile *c, char *text, size_t n)
{
	char *colon = ip_colon(text);

	if (!colon) {
		source_error(&c->source,
		    "no verdict: write ADDRESS:allow or ADDRESS:deny");
		return;
	}
	n = (size_t)(colon - text);
	if (!ip_instructions(c, colon + 1))
		return;
	*colon = 0;
	if (*text == '=')
		ip_host(c, text, n, colon[1] == 'a');
	else if (memchr(text, '@', n))
		source_error(&c->source,
		    "%s: rules by what the client's "
		    "ident service says are not supported: the client could "
		    "say anything",
		    text);
	else if (n)
		nets_add(c, text, n);
	else {
		c->has_default = 1;
		compile_unique(c, ":", 1, "the default");
	}
}

void
ip_end(struct compile *c)
{
	nets_end(c);
	if (!c->has_default)
		source_note(&c->source,
		    "no default line (:allow or :deny): a "
		    "client that no line fits is denied");
}
