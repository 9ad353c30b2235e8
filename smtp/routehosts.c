/* SPDX-License-Identifier: ISC */
/* The hosts that take mail for a domain. */
#include "smtp/routehosts.h"

#include <arpa/nameser.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

#include "dnsmsg.h"
#include "dnssec.h"

/* The host of the address literal S ("[192.0.2.1]", "[IPv6:...]"). 1 or 0. */
static int
routehosts_literal(struct routehosts *h, const char *s)
{
	char text[IP_FMT + 1];
	size_t n = strlen(s);
	struct ip ip;

	if (n < 2 || s[n - 1] != ']')
		return 0;
	s++;
	n -= 2;
	if (strncasecmp(s, "IPv6:", 5) == 0) {
		s += 5;
		n -= 5;
	}
	if (n >= sizeof text)
		return 0;
	memcpy(text, s, n);
	text[n] = 0;
	if (!ip_scan(text, &ip))
		return 0;
	ip_fmt(h->name[0], &ip);
	h->n = 1;
	return 1;
}

static void
routehosts_swap(struct resolve_mx *a, struct resolve_mx *b)
{
	struct resolve_mx t = *a;

	*a = *b;
	*b = t;
}

/* Sorts by preference, those of one in random order: shuffled first, then
 * sorted by insertion, which keeps the order of equals. */
static void
routehosts_sort(struct resolve_mxs *m)
{
	unsigned char dice[RESOLVE_MAX] = {0};
	size_t i, k;

	if (getrandom(dice, sizeof dice, 0) < 0)
		dice[0] = 1; /* then in the order of the answer */
	for (i = 1; i < m->n; i++)
		routehosts_swap(&m->mx[i], &m->mx[dice[i] % (i + 1)]);
	for (i = 1; i < m->n; i++)
		for (k = i;
		     k > 0 && m->mx[k].preference < m->mx[k - 1].preference;
		     k--)
			routehosts_swap(&m->mx[k], &m->mx[k - 1]);
}

/* Leaves out SELF and what is no better. 1 it was there, else 0. */
static int
routehosts_self(struct resolve_mxs *m, const char *self)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		if (strcasecmp(m->mx[i].name, self) == 0)
			break;
	if (i == m->n)
		return 0;
	while (i > 0 && m->mx[i - 1].preference == m->mx[i].preference)
		i--;
	m->n = i;
	return 1;
}

/* The hosts of the records M. 0, or -1 with R. */
static int
routehosts_take(struct routehosts *h, struct resolve_mxs *m, const char *self,
    struct sendconn_reply *r)
{
	int ours;
	size_t i;

	if (m->n == 1 && !m->mx[0].name[0]) {
		sendconn_say(r, 556, "5.1.10", "the domain takes no mail");
		return -1;
	}
	routehosts_sort(m);
	ours = routehosts_self(m, self);
	for (i = 0; i < m->n; i++)
		if (m->mx[i].name[0])
			strcpy(h->name[h->n++], m->mx[i].name);
	if (h->n)
		return 0;
	if (ours)
		sendconn_say(r, 554, "5.4.6",
		    "mail loops: the best MX host of the domain is this one");
	else
		sendconn_say(r, 550, "5.1.2",
		    "the MX records of the domain name no host");
	return -1;
}

/* The MX records of DOMAIN, by dnssecd. WHY says why they cannot be told. */
static enum resolve_result
routehosts_ask(struct routehosts *h, const char *domain, const char *dnssec,
    struct resolve_mxs *m, const char **why, const tain *deadline)
{
	static struct dnssec a;
	char clean[HOSTNAME_SIZE];

	if (!hostname_clean(clean, domain))
		return RESOLVE_NONE;
	dnssec_ask(&a, dnssec, clean, ns_t_mx, deadline);
	*why = a.why;
	switch (a.status) {
	case DNSSEC_SECURE:
		h->secure = 1;
		return dnsmsg_mxs(a.packet, (int)a.n, m);
	case DNSSEC_INSECURE:
		return dnsmsg_mxs(a.packet, (int)a.n, m);
	case DNSSEC_BLIND:
		return resolve_mxs(domain, m, deadline);
	default:
		return RESOLVE_TEMP;
	}
}

int
routehosts_find(struct routehosts *h, const char *domain, const char *self,
    const char *dnssec, const tain *deadline, struct sendconn_reply *r)
{
	const char *why = "no answer of the DNS";
	char text[SENDCONN_TEXT];
	struct resolve_mxs m;

	memset(h, 0, sizeof *h);
	if (*domain == '[') {
		if (routehosts_literal(h, domain))
			return 0;
		sendconn_say(r, 550, "5.1.2", "no such address literal");
		return -1;
	}
	switch (dnssec ? routehosts_ask(h, domain, dnssec, &m, &why, deadline)
		       : resolve_mxs(domain, &m, deadline)) {
	case RESOLVE_FOUND:
		return routehosts_take(h, &m, self, r);
	case RESOLVE_NONE:
		if (hostname_clean(h->name[0], domain)) {
			h->implicit = 1;
			h->n = 1;
			return 0;
		}
		sendconn_say(r, 550, "5.1.2", "no such domain");
		return -1;
	case RESOLVE_TEMP:
		break;
	}
	snprintf(text, sizeof text,
	    "the MX records cannot be looked up now: %.400s", why);
	sendconn_say(r, 451, "4.4.3", text);
	return -1;
}
