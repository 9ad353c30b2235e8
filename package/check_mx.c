/* SPDX-License-Identifier: ISC */
/* postern check: does mail for the domains that are delivered here come here? */
#include <stdio.h>
#include <string.h>

#include "deadline.h"
#include "hostname.h"
#include "package/check.h"
#include "resolve.h"
#include "rules.h"

enum { CHECK_MX_SECONDS = 10, CHECK_MX_DOMAINS = 100 };

static void
check_mx_domain(struct check *c, const char *domain)
{
	static struct resolve_mxs m;
	tain deadline;
	size_t i;

	deadline_in(&deadline, CHECK_MX_SECONDS);
	switch (resolve_mxs(domain, &m, &deadline)) {
	case RESOLVE_TEMP:
		check_say(c, "warning",
		    "mx: the MX records of %s could not be looked up", domain);
		return;
	case RESOLVE_NONE:
		if (strcasecmp(domain, c->i.host) == 0)
			check_say(c, "ok",
			    "mx: %s has none, its own address counts", domain);
		else
			check_say(c, "warning",
			    "mx: %s has none: publish \"%s. MX 10 %s.\", or "
			    "its mail does not come here",
			    domain, domain, c->i.host);
		return;
	case RESOLVE_FOUND:
		break;
	}
	for (i = 0; i < m.n; i++)
		if (strcasecmp(m.mx[i].name, c->i.host) == 0) {
			check_say(
			    c, "ok", "mx: mail for %s comes here", domain);
			return;
		}
	check_say(c, "warning",
	    "mx: mail for %s goes to %s, not to %s: right if that hands it "
	    "on, else correct the record",
	    domain, m.n && *m.mx[0].name ? m.mx[0].name : "nobody", c->i.host);
}

void
check_mx(struct check *c)
{
	struct rules *r =
	    rules_open(instance_path(&c->i, "cdb/domains.cdb"), "domains");
	struct rules_value key, v;
	char domain[HOSTNAME_SIZE];
	unsigned int pos = 0;
	size_t n = 0;

	if (!r)
		return; /* told already */
	while (n < CHECK_MX_DOMAINS && rules_next(r, &pos, &key, &v) == 1) {
		if (key.n >= sizeof domain || *key.s == '.')
			continue;
		snprintf(domain, sizeof domain, "%.*s", (int)key.n, key.s);
		if (check_reserved(domain))
			continue;
		check_mx_domain(c, domain);
		n++;
	}
	rules_close(r);
}
