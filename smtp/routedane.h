/* SPDX-License-Identifier: ISC */
/* What DANE says of a host that takes mail (RFC 7672, 2.2). */
#ifndef ROUTEDANE_H
#define ROUTEDANE_H

#include "resolve.h"

enum { ROUTEDANE_WHY = 320 };

enum routedane_result {
	ROUTEDANE_NONE,     /* DNSSEC protects no record of it */
	ROUTEDANE_RECORDS,  /* there are records, one of which must fit */
	ROUTEDANE_UNUSABLE, /* there are, but none can be used: TLS it must be */
	ROUTEDANE_LATER     /* it cannot be told now: nothing may be sent */
};

struct routedane {
	enum routedane_result result;
	char base[HOSTNAME_SIZE]; /* whose records: the name for SNI */
	char why[ROUTEDANE_WHY];  /* with NONE and LATER, for an admin */
	struct resolve_tlsas tlsas;
};

/* Asks dnssecd at SOCKET about HOST and PORT. */
void routedane_find(struct routedane *d, const char *socket, const char *host,
    const char *port, const tain *deadline);

#endif
