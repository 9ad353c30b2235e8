/* SPDX-License-Identifier: ISC */
/* TLSA records: what they say of a certificate, and what the DNS has. */
#include "dane.h"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <errno.h>
#include <netdb.h>
#include <resolv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "issue.h"
#include "package/say.h"

enum {
	DANE_TYPE = 52, /* of a TLSA record */
	DANE_REPLY = 65535,
	DANE_TRY = 3, /* seconds for a server */
	DANE_NAME = 300
};

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

int
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
dane_need(struct dane *d, const char *text)
{
	if (d->n == DANE_MAX)
		die(100, "too many TLSA records");
	if (!tlsa_scan(text, &d->record[d->n++]))
		die(100, "'%s' is no TLSA record, as 3 1 1 HEX", text);
	d->secure = 1;
}

/* Asks 127.0.0.1:53 or whom DNSCACHEIP names (address or address:port). */
static void
dane_server(struct __res_state *r)
{
	const char *s = getenv("DNSCACHEIP"), *colon;
	char ip[INET_ADDRSTRLEN];
	size_t n;

	if (!s)
		return;
	n = strcspn(s, ":,");
	colon = s[n] == ':' ? s + n + 1 : 0;
	if (n >= sizeof ip)
		die(100, "DNSCACHEIP: '%s' is no IPv4 address", s);
	memcpy(ip, s, n);
	ip[n] = 0;
	memset(&r->nsaddr_list[0], 0, sizeof r->nsaddr_list[0]);
	r->nsaddr_list[0].sin_family = AF_INET;
	r->nsaddr_list[0].sin_port =
	    htons(colon ? (unsigned short)strtoul(colon, 0, 10) : 53);
	if (inet_pton(AF_INET, ip, &r->nsaddr_list[0].sin_addr) != 1)
		die(100, "DNSCACHEIP: '%s' is no IPv4 address", s);
	r->nscount = 1;
}

/* The reply P of N bytes. As dane_find. */
static int
dane_read(struct dane *d, const unsigned char *p, int n)
{
	struct tlsa *t;
	ns_msg msg;
	ns_rr rr;
	int i, rcode;

	if (ns_initparse(p, n, &msg) < 0 || ns_msg_count(msg, ns_s_qd) != 1 ||
	    ns_parserr(&msg, ns_s_qd, 0, &rr) < 0)
		return -1;
	rcode = ns_msg_getflag(msg, ns_f_rcode);
	if (rcode != ns_r_noerror)
		return rcode == ns_r_nxdomain ? 0 : -1;
	d->secure = ns_msg_getflag(msg, ns_f_ad) != 0;
	for (i = 0; i < ns_msg_count(msg, ns_s_an) && d->n < DANE_MAX; i++) {
		if (ns_parserr(&msg, ns_s_an, i, &rr) < 0)
			return -1;
		if ((int)ns_rr_type(rr) != DANE_TYPE || ns_rr_rdlen(rr) < 4 ||
		    ns_rr_rdlen(rr) - 3 > TLSA_DATA_MAX)
			continue;
		t = &d->record[d->n++];
		t->usage = ns_rr_rdata(rr)[0];
		t->selector = ns_rr_rdata(rr)[1];
		t->type = ns_rr_rdata(rr)[2];
		t->n = (size_t)ns_rr_rdlen(rr) - 3;
		memcpy(t->data, ns_rr_rdata(rr) + 3, t->n);
	}
	return d->n > 0;
}

int
dane_find(struct dane *d, const char *host, unsigned int port)
{
	static unsigned char reply[DANE_REPLY];
	unsigned char query[NS_PACKETSZ];
	struct __res_state state = {0};
	char name[DANE_NAME];
	int n, r = -1;

	d->n = 0;
	if (snprintf(name, sizeof name, "_%u._tcp.%s.", port, host) >=
		(int)sizeof name ||
	    res_ninit(&state) < 0)
		return -1;
	state.retrans = DANE_TRY;
	state.retry = 2;
	state.options |= RES_TRUSTAD;
	dane_server(&state);
	n = res_nmkquery(&state, ns_o_query, name, ns_c_in, DANE_TYPE, 0, 0, 0,
	    query, sizeof query);
	if (n > 0)
		n = res_nsend(&state, query, n, reply, sizeof reply);
	if (n > 0)
		r = dane_read(d, reply, n);
	res_nclose(&state);
	return r;
}

void
dane_judge(
    struct judge *j, const struct dane *d, const char *host, unsigned int port)
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
	static struct dane d;

	switch (dane_find(&d, host, port)) {
	case 1:
		dane_judge(j, &d, host, port);
		break;
	case 0:
		judge_say(j, JUDGE_OK, "tlsa", "_%u._tcp.%s has no TLSA record",
		    port, host);
		break;
	default:
		judge_say(j, JUDGE_WARNING, "tlsa",
		    "the records of _%u._tcp.%s could not be looked up", port,
		    host);
	}
}
