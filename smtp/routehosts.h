/* SPDX-License-Identifier: ISC */
/* The hosts that take mail for a domain, best first (RFC 5321, 5.1). */
#ifndef ROUTEHOSTS_H
#define ROUTEHOSTS_H

#include "hostname.h"
#include "resolve.h"
#include "smtp/sendconn.h"

struct routehosts {
	size_t n;
	int implicit; /* no MX: the domain itself */
	int secure;   /* DNSSEC proves that these are the hosts */
	char name[RESOLVE_MAX][HOSTNAME_SIZE];
};

/* Fills H for DOMAIN (a name, or an address literal) from the MX records, by
 * dnssecd at DNSSEC, if that is not null.
 * Hosts of equal preference come in random order; if SELF is among them, it
 * and those that are no better are left out. 0; -1 none, R says why. */
int routehosts_find(struct routehosts *h, const char *domain, const char *self,
    const char *dnssec, const tain *deadline, struct sendconn_reply *r);

#endif
