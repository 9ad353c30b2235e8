/* SPDX-License-Identifier: ISC */
/* Over what TLS a host may be sent mail. */
#include "smtp/routeplan.h"

#include <stdio.h>
#include <string.h>

#include "deadline.h"
#include "log.h"

enum { ROUTEPLAN_LOOKUP = 60, ROUTEPLAN_POLICY = 100 };

static const char *const routeplan_levels[] = {
    "off", "offer", "require", "verify", "dane"};

/* HOST is not used, for WHY. */
static int
routeplan_no(struct sendconn_reply *r, unsigned int code, const char *status,
    const char *host, const char *why)
{
	char text[SENDCONN_TEXT];

	snprintf(text, sizeof text, "%.253s: %.250s", host, why);
	sendconn_say(r, code, status, text);
	return -1;
}

static void
routeplan_set(struct routeplan *p, enum routes_tls level, const char *by)
{
	p->level = routeplan_levels[level];
	p->by = by;
}

/* What DANE says. 1 it has decided, for R if that is set; 0 it has nothing to
 * say. */
static int
routeplan_dane(struct routeplan *p, const struct routeplan_domain *d,
    const char *host, struct sendconn_reply *r)
{
	tain deadline;

	p->dane.result = ROUTEDANE_NONE;
	snprintf(p->dane.why, sizeof p->dane.why, "%s",
	    d->dnssec ? "DNSSEC does not protect the MX records"
		      : "there is no DNSSEC here (dnssecd)");
	if (d->dnssec && (d->secure || d->given)) {
		deadline_in(&deadline, ROUTEPLAN_LOOKUP);
		routedane_find(&p->dane, d->dnssec, host, d->port, &deadline);
	}
	switch (p->dane.result) {
	case ROUTEDANE_LATER:
		routeplan_no(r, 451, "4.7.5", host, p->dane.why);
		return 1;
	case ROUTEDANE_RECORDS:
		routeplan_set(p, ROUTES_DANE, "dane");
		p->name[0] = p->dane.base;
		p->name[1] = d->given ? 0 : d->name;
		return 1;
	default:
		return 0;
	}
}

/* The policy of the domain: 1 there is an answer; 0 not. */
static int
routeplan_policy(struct routeplan_domain *d)
{
	tain deadline;

	if (!d->asked) {
		deadline_in(&deadline, ROUTEPLAN_POLICY);
		d->asked =
		    routests_ask(&d->sts, d->mtasts, d->name, &deadline) == 0
		    ? 1
		    : -1;
		if (d->asked > 0 && *d->sts.failed)
			log_event("mtasts", "domain", d->name, "mode",
			    stspolicy_word(d->sts.policy.mode), "failed",
			    d->sts.failed, (char *)0);
	}
	return d->asked > 0;
}

/* What MTA-STS says. As routeplan_dane. */
static int
routeplan_sts(struct routeplan *p, struct routeplan_domain *d, const char *host,
    struct sendconn_reply *r)
{
	char record[SENDCONN_TEXT], clean[HOSTNAME_SIZE];
	int ours;

	/* an address, or a domain too long for that record, has no policy */
	snprintf(record, sizeof record, "_mta-sts.%s", d->name);
	if (!d->mtasts || d->given || !hostname_clean(clean, record))
		return 0;
	if (!routeplan_policy(d)) {
		routeplan_no(r, 451, "4.7.5", host,
		    "the MTA-STS policy cannot be told now");
		return 1;
	}
	if (d->sts.policy.mode == STSPOLICY_NONE)
		return 0;
	ours = stspolicy_match(&d->sts.policy, host);
	if (d->sts.policy.mode == STSPOLICY_ENFORCE) {
		if (!ours)
			routeplan_no(r, 451, "4.7.5", host,
			    "none of the hosts that the domain's MTA-STS policy "
			    "names (validation-failure)");
		routeplan_set(p, ROUTES_VERIFY, "mtasts");
		return 1;
	}
	p->testing = ours;
	if (ours)
		routeplan_set(p, ROUTES_VERIFY, "mtasts");
	else
		log_event("testing", "domain", d->name, "host", host, "result",
		    "validation-failure", "reason",
		    "none of the hosts of the MTA-STS policy", (char *)0);
	return 0;
}

/* REQUIRETLS, where neither DANE nor MTA-STS has decided: who is the host, and
 * does an authority vouch for it? */
static int
routeplan_strict(struct routeplan *p, const struct routeplan_domain *d,
    const char *host, struct sendconn_reply *r)
{
	p->testing = 0;
	routeplan_set(p, ROUTES_VERIFY, "requiretls");
	if (d->given || d->secure)
		return 0;
	/* what is not there today may be there tomorrow only with services
	 * that could tell */
	if (d->dnssec && d->mtasts)
		return routeplan_no(r, 550, "5.7.30", host,
		    "REQUIRETLS: neither DNSSEC nor MTA-STS vouches for the "
		    "name of the host");
	return routeplan_no(r, 451, "4.7.30", host,
	    "REQUIRETLS: this server cannot tell who vouches for the name of "
	    "the host");
}

/* What the domain asks for, as far as the route leaves that to it. */
static int
routeplan_open(struct routeplan *p, struct routeplan_domain *d,
    const char *host, struct sendconn_reply *r)
{
	char why[ROUTEDANE_WHY + 32];

	if (routeplan_dane(p, d, host, r))
		return r->code ? -1 : 0;
	if (d->level == ROUTES_DANE) {
		snprintf(why, sizeof why, "tls=dane: %s (dane-required)",
		    p->dane.why);
		return routeplan_no(r, 451, "4.7.5", host, why);
	}
	if (routeplan_sts(p, d, host, r))
		return r->code ? -1 : 0;
	if (p->dane.result == ROUTEDANE_UNUSABLE) {
		p->testing = 0; /* "offer" would be too little */
		routeplan_set(p, ROUTES_REQUIRE, "dane");
	}
	return d->strict ? routeplan_strict(p, d, host, r) : 0;
}

int
routeplan(struct routeplan *p, struct routeplan_domain *d, const char *host,
    struct sendconn_reply *r)
{
	r->code = 0;
	p->name[0] = p->name[1] = 0;
	p->testing = 0;
	routeplan_set(p, d->level, "route");
	if (d->level == ROUTES_OFFER || d->level == ROUTES_DANE)
		return routeplan_open(p, d, host, r);
	return d->strict ? routeplan_strict(p, d, host, r) : 0;
}
