/* SPDX-License-Identifier: ISC */
/* What a worker of tlsd asks its signer, and how that is told apart from what
 * it must not ask: the only texts that are signed are those that a TLS server
 * signs in a handshake. One request and one reply are one packet each. */
#ifndef SIGNREQ_H
#define SIGNREQ_H

#include <stddef.h>
#include <stdint.h>

enum { SIGNREQ_TEXT = 264, SIGNREQ_SIGNATURE = 1024 };

enum signreq_kind {
	SIGNREQ_SIGN = 's',   /* TEXT by KEY, in the way of SCHEME */
	SIGNREQ_FORGET = 'f', /* KEY is not used any more; has no reply */
	SIGNREQ_NAME = 'n'    /* in one-connection mode: the bundle NAME */
};

struct signreq {
	uint64_t key;
	uint32_t serial; /* comes back in the reply */
	uint16_t scheme; /* the code point of RFC 8446, 4.2.3 */
	uint16_t n;      /* length of TEXT; what is behind it is not sent */
	uint8_t kind;
	unsigned char text[SIGNREQ_TEXT];
};

struct signreply {
	uint64_t key; /* of the bundle that was asked for */
	uint32_t serial;
	uint16_t n; /* length of TEXT; 0: refused, or failed */
	unsigned char text[SIGNREQ_SIGNATURE];
};

/* A way to sign. */
struct signscheme {
	uint16_t id;
	const char *type;      /* of the key, as OpenSSL names it */
	const char *digest[2]; /* names of the digest; null: has none */
	int pss;               /* with a salt as long as the digest */
};

/* The scheme with this id, or that of a key of TYPE with this DIGEST (null:
 * none); null if there is none. */
const struct signscheme *signscheme_get(unsigned int id);
const struct signscheme *signscheme_find(
    const char *type, const char *digest, int pss);

/* How many bytes of R, or of REPLY, are sent. */
size_t signreq_size(const struct signreq *r);
size_t signreply_size(const struct signreply *r);

/* 1 if the GOT bytes that were received in R (which may hold as much as it
 * has room for) are a request that may be granted, else 0. A NAME is ended by
 * the NUL that is put behind it. */
int signreq_ok(struct signreq *r, size_t got);

#endif
