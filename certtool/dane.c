/* SPDX-License-Identifier: ISC */
/* TLSA records: what they say of a certificate, and what the DNS has. */
#include "dane.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "deadline.h"
#include "issue.h"
#include "package/say.h"

enum { DANE_SECONDS = 10 };

/* What SELECTOR says to look at, in DER; the caller frees it. Its length. */
static size_t
dane_der(unsigned char **der, const EVP_PKEY *key, X509 *x, int selector)
{
	int n;

	*der = 0;
	n = selector ? i2d_PUBKEY(key, der) : i2d_X509(x, der);
	issue_need(n > 0, "DER");
	return (size_t)n;
}

/* Digests N bytes with MD into OUT. Its length. */
static unsigned int
dane_digest(
    unsigned char *out, const unsigned char *p, size_t n, const EVP_MD *md)
{
	unsigned int len = 0;

	issue_need(EVP_Digest(p, n, out, &len, md, 0), "a digest");
	return len;
}

void
dane_hex(char *hex, const EVP_PKEY *key)
{
	unsigned char *der, digest[EVP_MAX_MD_SIZE];
	size_t n = dane_der(&der, key, 0, 1);
	unsigned int i, len = dane_digest(digest, der, n, EVP_sha256());

	for (i = 0; i < len; i++)
		sprintf(hex + 2 * i, "%02x", digest[i]);
	OPENSSL_free(der);
}

static int
dane_match_one(const struct tlsa *t, X509 *x)
{
	unsigned char *der, digest[EVP_MAX_MD_SIZE];
	const unsigned char *p;
	size_t n = dane_der(&der, X509_get0_pubkey(x), x, t->selector);
	int r;

	p = der;
	if (t->type) {
		n = dane_digest(
		    digest, der, n, t->type == 1 ? EVP_sha256() : EVP_sha512());
		p = digest;
	}
	r = n == t->n && memcmp(p, t->data, n) == 0;
	OPENSSL_free(der);
	return r;
}

/* 1 if T is about the leaf of CHAIN (usage 1 or 3) or one of the others (0 or
 * 2), else 0. */
static int
dane_match(const struct tlsa *t, STACK_OF(X509) * chain)
{
	int i, n = sk_X509_num(chain);

	if (t->usage > 3 || t->selector > 1 || t->type > 2)
		return 0;
	if (t->usage & 1)
		return dane_match_one(t, sk_X509_value(chain, 0));
	for (i = 1; i < n; i++)
		if (dane_match_one(t, sk_X509_value(chain, i)))
			return 1;
	return 0;
}

void
dane_need(struct resolve_tlsas *d, const char *text)
{
	if (d->n == RESOLVE_MAX)
		die(100, "too many TLSA records");
	if (!tlsa_scan(text, &d->record[d->n++]))
		die(100, "'%s' is no TLSA record, as 3 1 1 HEX", text);
	d->secure = 1;
}

void
dane_judge(struct judge *j, const struct resolve_tlsas *d, const char *host,
    unsigned int port)
{
	size_t i;

	for (i = 0; i < d->n; i++)
		if (dane_match(&d->record[i], j->chain)) {
			judge_say(j, d->secure ? JUDGE_OK : JUDGE_WARNING,
			    "tlsa",
			    "record %zu of %zu of _%u._tcp.%s matches%s", i + 1,
			    d->n, port, host,
			    d->secure ? ""
				      : ", but DNSSEC does not protect it, or "
					"the resolver does not check that");
			return;
		}
	judge_say(j, JUDGE_ERROR, "tlsa",
	    "none of the %zu records of _%u._tcp.%s matches: other servers "
	    "will send it no mail; publish what certtool tlsa prints first",
	    d->n, port, host);
}

void
dane_judge_dns(struct judge *j, const char *host, unsigned int port)
{
	static struct resolve_tlsas d;
	tain deadline;

	if (!resolve_servers())
		die(100, "DNSCACHEIP: '%s' names no server",
		    getenv("DNSCACHEIP"));
	deadline_in(&deadline, DANE_SECONDS);
	switch (resolve_tlsas(host, port, &d, &deadline)) {
	case RESOLVE_FOUND:
		dane_judge(j, &d, host, port);
		break;
	case RESOLVE_NONE:
		judge_say(j, JUDGE_OK, "tlsa", "_%u._tcp.%s has no TLSA record",
		    port, host);
		break;
	case RESOLVE_TEMP:
		judge_say(j, JUDGE_WARNING, "tlsa",
		    "the records of _%u._tcp.%s could not be looked up", port,
		    host);
	}
}
