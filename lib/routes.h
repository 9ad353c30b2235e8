/* SPDX-License-Identifier: ISC */
/* Where mail for a domain goes, and over what: compiled rules of type routes.
 *
 * Keys: a domain, ".domain" for all below it, "*" for all others. */
#ifndef ROUTES_H
#define ROUTES_H

#include "rules.h"

enum routes_tls {
	ROUTES_OFF,
	ROUTES_OFFER,   /* TLS if the server has it, whatever its certificate */
	ROUTES_REQUIRE, /* TLS or nothing, whatever its certificate */
	ROUTES_VERIFY,  /* TLS with a certificate of that name, or nothing */
	ROUTES_DANE     /* TLS as the TLSA records say, or nothing */
};

enum { ROUTES_PORT = 25 };

struct routes_way {
	const char
	    *host; /* name or address (no brackets); null: the MX hosts */
	unsigned int port;
	enum routes_tls tls;
	const char *auth;         /* file of name and password, or null */
	const char *source;       /* address to connect from, or null */
	struct rules_value value; /* all of the record */
};

/* The level that WORD names, or -1. */
int routes_tls(const char *word);

/* Finds the way to DOMAIN (lower case): its own line, else the longest .suffix,
 * else "*"; *WAY points into R until rules_close. 1; 0 there is none, *WAY
 * is the default (MX, TLS offered); -1 damaged rules (EPROTO): try later. */
int routes_find(struct rules *r, const char *domain, struct routes_way *way);

#endif
