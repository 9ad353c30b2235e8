/* SPDX-License-Identifier: ISC */
/* Whom a TLS client talks to: what must be so, and how it came out. */
#ifndef VERIFY_H
#define VERIFY_H

#include <openssl/ssl.h>

#include "tlsa.h"

enum { VERIFY_NAMES = 8, VERIFY_RECORDS = 16 };

enum verify_level {
	VERIFY_OFF,         /* no TLS */
	VERIFY_OFFER,       /* TLS where the server has it, with anybody */
	VERIFY_REQUIRE,     /* TLS, with anybody */
	VERIFY_PKIX,        /* "verify": an authority vouches for the name */
	VERIFY_DANE,        /* one of the TLSA records fits */
	VERIFY_FINGERPRINT, /* so does one of the fingerprints */
};

struct verify {
	enum verify_level level;
	size_t names, records;
	const char
	    *name[VERIFY_NAMES]; /* any of them will do; the first is SNI.
	                                   One address instead: see below */
	const char *file,
	    *dir; /* authorities: PEM file, hashed folder; or null */
	struct tlsa record[VERIFY_RECORDS]; /* DANE or FINGERPRINT */
};

/* How it came out. Strings live as long as the connection. */
struct verify_outcome {
	const char *word;   /* "ok", or a result of RFC 8460, 4.3 */
	const char *reason; /* for an admin; null with "ok" */
	const char *how;    /* "none", "pkix", "fingerprint" or "dane" */
	const char
	    *name; /* the name that the certificate was taken for, or null */
};

/* Reads off, offer, require, verify or dane, as routes say it. 1 or 0. */
int verify_level_scan(const char *s, enum verify_level *level);

/* The level after RFC 7672, 2.2: DANE without one usable record is REQUIRE. */
enum verify_level verify_level_used(const struct verify *v);

/* A context for clients: TLS 1.2 or later, the authorities of V; for a level
 * that verifies nothing also what old servers have. NULL: *WHY says why. */
SSL_CTX *verify_context(const struct verify *v, const char **why);

/* A connection that fails its handshake unless the server is as V says, which
 * must stay as long as it does. A name that is an IP address must be the only
 * one; it is looked for among the certificate's addresses and is never SNI.
 * NULL: *WHY says why. */
SSL *verify_connection(SSL_CTX *ctx, const struct verify *v, const char **why);

/* How the handshake came out: DONE, it is complete; else it has failed, and
 * the error queue still has the error. */
void verify_result(
    SSL *ssl, const struct verify *v, int done, struct verify_outcome *o);

/* The oldest error of OpenSSL's queue in words for an admin. */
const char *verify_trouble(void);

#endif
