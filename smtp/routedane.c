/* SPDX-License-Identifier: ISC */
/* What DANE says of a host that takes mail. */
#include "smtp/routedane.h"

#include <arpa/nameser.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "dnsmsg.h"
#include "dnssec.h"

struct routedane_ask {
	const char *socket, *port;
	const tain *deadline;
	struct dnssec answer;
};

/* D has RESULT since the answer about NAME is what it is. */
static void
routedane_because(struct routedane *d, enum routedane_result result,
    const char *name, const struct dnssec *a)
{
	d->result = result;
	if (a->status == DNSSEC_INSECURE)
		snprintf(d->why, sizeof d->why, "%s is not signed", name);
	else
		snprintf(d->why, sizeof d->why, "%.100s: %s: %.180s", name,
		    a->status == DNSSEC_BOGUS ? "dnssec-invalid"
					      : dnssec_word(a->status),
		    a->why);
}

/* Asks for the records of TYPE of NAME. 1 what DNSSEC proves is there; 0 not: D
 * is what follows from that. */
static int
routedane_proven(
    struct routedane *d, struct routedane_ask *q, const char *name, int type)
{
	struct dnssec *a = &q->answer;

	dnssec_ask(a, q->socket, name, type, q->deadline);
	switch (a->status) {
	case DNSSEC_SECURE:
		return 1;
	case DNSSEC_INSECURE:
	case DNSSEC_BLIND:
		routedane_because(d, ROUTEDANE_NONE, name, a);
		return 0;
	default:
		routedane_because(d, ROUTEDANE_LATER, name, a);
		return 0;
	}
}

/* The records of BASE. 1 there are some, or it cannot be told: D is done; 0
 * there are none. */
static int
routedane_records(
    struct routedane *d, struct routedane_ask *q, const char *base)
{
	char name[HOSTNAME_SIZE + 32], clean[HOSTNAME_SIZE];
	const struct dnssec *a = &q->answer;
	size_t i;

	snprintf(name, sizeof name, "_%s._tcp.%s", q->port, base);
	if (!hostname_clean(clean, name)) {
		snprintf(
		    d->why, sizeof d->why, "%.250s is too long a name", base);
		return 0;
	}
	if (!routedane_proven(d, q, name, DNSMSG_TLSA))
		return d->result == ROUTEDANE_LATER;
	if (!a->some) {
		snprintf(d->why, sizeof d->why, "%.280s has no record", name);
		return 0;
	}
	snprintf(d->base, sizeof d->base, "%s", base);
	d->result = ROUTEDANE_UNUSABLE;
	snprintf(d->why, sizeof d->why,
	    "none of the records of %.250s can be used", name);
	dnsmsg_tlsas(a->packet, (int)a->n, &d->tlsas);
	for (i = 0; i < d->tlsas.n; i++)
		if (tlsa_usable(&d->tlsas.record[i]))
			d->result = ROUTEDANE_RECORDS;
	return 1;
}

void
routedane_find(struct routedane *d, const char *socket, const char *text,
    const char *port, const tain *deadline)
{
	static struct routedane_ask q;
	char host[HOSTNAME_SIZE], end[HOSTNAME_SIZE];

	q.socket = socket;
	q.port = port;
	q.deadline = deadline;
	d->result = ROUTEDANE_NONE;
	d->tlsas.n = 0;
	*d->why = *d->base = 0;
	if (!hostname_clean(host, text)) {
		snprintf(d->why, sizeof d->why, "it has no name");
		return;
	}
	/* the addresses tell whether the zone is signed, and where aliases
	 * lead; the name they end at comes first, if all of the way is proven */
	if (routedane_proven(d, &q, host, ns_t_a)) {
		snprintf(end, sizeof end, "%s", q.answer.name);
		if (*end && strcmp(end, host) != 0 &&
		    routedane_records(d, &q, end))
			return;
		routedane_records(d, &q, host);
		return;
	}
	/* an alias in a signed zone may lead into one that is not */
	if (d->result == ROUTEDANE_NONE && *q.answer.name &&
	    strcmp(q.answer.name, host) != 0 &&
	    routedane_proven(d, &q, host, ns_t_cname))
		routedane_records(d, &q, host);
}
