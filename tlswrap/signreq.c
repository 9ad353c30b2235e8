/* SPDX-License-Identifier: ISC */
/* Requests to a signer: their form. */
#include "signreq.h"

#include <string.h>
#include <strings.h>

#include "tlsreq.h"

enum {
	SIGNREQ_RANDOMS = 64,   /* of client and server, TLS 1.2 */
	SIGNREQ_NAMED_CURVE = 3 /* the only ECParameters, RFC 8422 */
};

static const struct signscheme signschemes[] = {
    {0x0401, "RSA", {"SHA2-256", "SHA256"}, 0},
    {0x0501, "RSA", {"SHA2-384", "SHA384"}, 0},
    {0x0601, "RSA", {"SHA2-512", "SHA512"}, 0},
    {0x0804, "RSA", {"SHA2-256", "SHA256"}, 1},
    {0x0805, "RSA", {"SHA2-384", "SHA384"}, 1},
    {0x0806, "RSA", {"SHA2-512", "SHA512"}, 1},
    {0x0403, "EC", {"SHA2-256", "SHA256"}, 0},
    {0x0503, "EC", {"SHA2-384", "SHA384"}, 0},
    {0x0603, "EC", {"SHA2-512", "SHA512"}, 0},
    {0x0807, "ED25519", {0, 0}, 0},
};

enum { SIGNSCHEMES = sizeof signschemes / sizeof *signschemes };

const struct signscheme *
signscheme_get(unsigned int id)
{
	size_t i;

	for (i = 0; i < SIGNSCHEMES; i++)
		if (signschemes[i].id == id)
			return &signschemes[i];
	return 0;
}

const struct signscheme *
signscheme_find(const char *type, const char *digest, int pss)
{
	const struct signscheme *s;

	for (s = signschemes; s < signschemes + SIGNSCHEMES; s++) {
		if (strcmp(s->type, type) != 0 || s->pss != pss)
			continue;
		if (!digest && !s->digest[0])
			return s;
		if (digest && s->digest[0] &&
		    (strcasecmp(s->digest[0], digest) == 0 ||
			strcasecmp(s->digest[1], digest) == 0))
			return s;
	}
	return 0;
}

size_t
signreq_size(const struct signreq *r)
{
	return offsetof(struct signreq, text) + r->n;
}

size_t
signreply_size(const struct signreply *r)
{
	return offsetof(struct signreply, text) + r->n;
}

/* What a server signs in TLS 1.3 (RFC 8446, 4.4.3): 64 spaces, a name for the
 * purpose, a hash. */
static int
signreq_tls13(const unsigned char *text, size_t n)
{
	static const char purpose[] = "TLS 1.3, server CertificateVerify";
	size_t i, head = 64 + sizeof purpose;

	if (n != head + 32 && n != head + 48)
		return 0;
	for (i = 0; i < 64; i++)
		if (text[i] != ' ')
			return 0;
	return memcmp(text + 64, purpose, sizeof purpose) == 0;
}

/* What a server signs in TLS 1.2 (RFC 8422, 5.4): both random values, the
 * group and its own share. */
static int
signreq_tls12(const unsigned char *text, size_t n)
{
	return n > SIGNREQ_RANDOMS + 4 &&
	    text[SIGNREQ_RANDOMS] == SIGNREQ_NAMED_CURVE &&
	    text[SIGNREQ_RANDOMS + 3] == n - SIGNREQ_RANDOMS - 4;
}

int
signreq_ok(struct signreq *r, size_t got)
{
	if (got < offsetof(struct signreq, text) || got > sizeof *r ||
	    r->n >= SIGNREQ_TEXT || got != signreq_size(r))
		return 0;
	switch (r->kind) {
	case SIGNREQ_SIGN:
		return signscheme_get(r->scheme) != 0 &&
		    (signreq_tls13(r->text, r->n) ||
			signreq_tls12(r->text, r->n));
	case SIGNREQ_FORGET:
		return r->n == 0;
	case SIGNREQ_NAME:
		r->text[r->n] = 0;
		return tlsreq_host((const char *)r->text, r->n);
	default:
		return 0;
	}
}
