/* SPDX-License-Identifier: ISC */
/* Over what TLS a host may be sent mail: as the route says, and where that
 * leaves it open as the domain does, by DANE (RFC 7672) and MTA-STS (RFC 8461).
 * DANE goes first: what it says MTA-STS does not change. */
#ifndef ROUTEPLAN_H
#define ROUTEPLAN_H

#include "routes.h"
#include "smtp/routedane.h"
#include "smtp/routests.h"
#include "smtp/sendconn.h"

enum { ROUTEPLAN_NAMES = 2 };

/* The domain, and what was said of all hosts. */
struct routeplan_domain {
	const char *name, *port;
	enum routes_tls level;
	const char *dnssec, *mtasts; /* sockets of the services, or null */
	int given;  /* the route names the host: nobody has to vouch for it */
	int secure; /* DNSSEC does */
	int strict; /* REQUIRETLS (RFC 8689): somebody must, and for its TLS */
	int asked;  /* sts has been asked: 1 it is there, -1 not */
	struct routests sts;
};

struct routeplan {
	const char *level;                 /* of tlsclient */
	const char *name[ROUTEPLAN_NAMES]; /* it must have one; or null */
	int testing;                       /* if that fails, "offer" is right */
	const char *by; /* "route", "dane", "mtasts" or "requiretls" */
	struct routedane dane;
};

/* Fills P for HOST. 0; -1 it may not be used now, or at all: R says why. */
int routeplan(struct routeplan *p, struct routeplan_domain *d, const char *host,
    struct sendconn_reply *r);

#endif
