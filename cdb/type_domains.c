/* SPDX-License-Identifier: ISC */
/* domains: one name a line, delivered here. The first one is the one that
 * <postmaster> without a domain belongs to. */
#include <skalibs/bytestr.h>
#include <string.h>

#include "address.h"
#include "type.h"

void
domains_line(struct compile *c, char *text, size_t n)
{
	if (!address_domain_valid(text, n, 1)) {
		source_error(&c->source, "%s: not a domain name", text);
		return;
	}
	case_lowers(text);
	compile_begin(c);
	compile_unique(c, text, n, text);
	if (c->has_default)
		return;
	c->has_default = 1;
	compile_puts(c, "domain", text);
	compile_own(c, ".", 1);
}

void
domains_end(struct compile *c)
{
	if (!c->has_default)
		source_note(&c->source, "no domain: nothing is delivered here");
}
