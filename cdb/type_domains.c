/* SPDX-License-Identifier: ISC */
/* domains: one name a line, delivered here. The first one is the one that
 * <postmaster> without a domain belongs to. */
#include <string.h>

#include "address.h"
#include "type.h"

void
domains_line(struct compile *c, char *text, size_t n)
{
	char key[ADDRESS_DOMAIN_MAX + 1];

	if (*text == '.' || n != strlen(text) ||
	    !type_domain(key, sizeof key, text)) {
		source_error(&c->source, "%s: not a domain name", text);
		return;
	}
	compile_begin(c);
	compile_unique(c, key, strlen(key), text);
	if (c->has_default)
		return;
	c->has_default = 1;
	compile_puts(c, "domain", key);
	compile_own(c, ".", 1);
}

void
domains_end(struct compile *c)
{
	if (!c->has_default)
		source_note(&c->source, "no domain: nothing is delivered here");
}
