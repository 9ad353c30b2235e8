/* SPDX-License-Identifier: ISC */
/* Is a certificate fit to be served? */
#include "judge.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "certchain.h"
#include "issue.h"
#include "words.h"

enum {
	JUDGE_TEXT = 2 * WORDS_NAMES,
	JUDGE_QUARTER = 75, /* per cent of a lifetime */
	JUDGE_RSA = 2048,
	JUDGE_BITS = 112 /* of security: what RSA 2048 has */
};

const char *
judge_word(enum judge_level level)
{
	return level == JUDGE_ERROR  ? "error"
	    : level == JUDGE_WARNING ? "warning"
				     : "ok";
}

void
judge_say(struct judge *j, enum judge_level level, const char *topic,
    const char *fmt, ...)
{
	static char text[JUDGE_TEXT];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (level > j->worst)
		j->worst = level;
	j->say(level, topic, text);
}

static void
judge_key(struct judge *j)
{
	X509 *leaf = sk_X509_value(j->chain, 0);
	char type[WORDS_MAX];
	int same = EVP_PKEY_eq(X509_get0_pubkey(leaf), j->key) == 1;

	ERR_clear_error();
	if (same)
		judge_say(j, JUDGE_OK, "key",
		    "the private key fits the certificate (%s)",
		    words_key(type, j->key));
	else
		judge_say(j, JUDGE_ERROR, "key",
		    "the certificate is for another private key");
}

/* 1 if the names of X have the wildcard NAME itself. */
static int
judge_wildcard(X509 *x, const char *name)
{
	char buf[WORDS_NAMES], *p, *save;

	words_hosts(buf, x);
	for (p = strtok_r(buf, ", ", &save); p; p = strtok_r(0, ", ", &save))
		if (strcasecmp(p, name) == 0)
			return 1;
	return 0;
}

static void
judge_names(struct judge *j)
{
	X509 *leaf = sk_X509_value(j->chain, 0);
	char buf[WORDS_NAMES];
	char *const *n;
	int good, bad = 0;

	words_hosts(buf, leaf);
	for (n = j->names; n && *n; n++) {
		good = **n == '*'
		    ? judge_wildcard(leaf, *n)
		    : X509_check_host(leaf, *n, 0,
			  X509_CHECK_FLAG_NEVER_CHECK_SUBJECT |
			      X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS,
			  0) == 1;
		if (good)
			continue;
		bad = 1;
		judge_say(j, JUDGE_ERROR, "names", "it is not for %s, but %s%s",
		    *n, *buf ? "for " : "for no host at all",
		    *buf ? buf
			 : " (a name in the subject alone does not count)");
	}
	if (!bad)
		judge_say(j, *buf ? JUDGE_OK : JUDGE_ERROR, "names",
		    "it is %s%s", *buf ? "for " : "for no host at all", buf);
}

/* The dates of X, which is WHAT. 1 good; 0 not, and that was said. */
static int
judge_valid(struct judge *j, const X509 *x, const char *what)
{
	time_t from = words_time(X509_get0_notBefore(x));
	time_t to = words_time(X509_get0_notAfter(x));
	char date[WORDS_TIME];

	if (from > j->now)
		judge_say(j, JUDGE_ERROR, "dates",
		    "%s is not valid before %s: is the clock of this machine "
		    "right?",
		    what, words_date(date, from));
	else if (to < j->now)
		judge_say(j, JUDGE_ERROR, "dates", "%s has expired on %s", what,
		    words_date(date, to));
	else
		return 1;
	return 0;
}

static void
judge_dates(struct judge *j)
{
	X509 *leaf = sk_X509_value(j->chain, 0), *x;
	char date[WORDS_TIME], name[WORDS_MAX];
	time_t to = words_time(X509_get0_notAfter(leaf));
	int share = words_share(leaf, j->now), i;
	long days = words_days(to, j->now);

	if (judge_valid(j, leaf, "it"))
		judge_say(j,
		    (j->days < 0 ? share >= JUDGE_QUARTER : days < j->days)
			? JUDGE_WARNING
			: JUDGE_OK,
		    "dates",
		    "it is valid until %s: %ld days, %d %% of its life",
		    words_date(date, to), days, 100 - share);
	for (i = 1; i < sk_X509_num(j->chain); i++) {
		x = sk_X509_value(j->chain, i);
		judge_valid(
		    j, x, words_name(name, X509_get_subject_name(x), 0));
	}
}

static void
judge_purpose(struct judge *j)
{
	X509 *leaf = sk_X509_value(j->chain, 0);
	uint32_t eku = X509_get_extended_key_usage(leaf);
	uint32_t ku = X509_get_key_usage(leaf);

	if (eku != UINT32_MAX && !(eku & (XKU_SSL_SERVER | XKU_ANYEKU)))
		judge_say(j, JUDGE_ERROR, "purpose",
		    "it is not for servers: its extended key usage lacks "
		    "serverAuth");
	else if (X509_check_ca(leaf) == 1 && !certchain_selfsigned(leaf))
		judge_say(j, JUDGE_ERROR, "purpose",
		    "it is the certificate of a CA, not of a server");
	else if (ku != UINT32_MAX && !(ku & KU_DIGITAL_SIGNATURE))
		judge_say(j, JUDGE_ERROR, "purpose",
		    "its key may not sign: its key usage lacks "
		    "digitalSignature");
	else
		judge_say(j, JUDGE_OK, "purpose", "it is for a server");
}

/* What is weak about X, or null. A signature by itself proves nothing. */
static const char *
judge_weak(X509 *x)
{
	EVP_PKEY *key = X509_get0_pubkey(x);
	int digest;

	if (!key)
		return "a key that OpenSSL cannot read";
	if (EVP_PKEY_is_a(key, "RSA") && EVP_PKEY_bits(key) < JUDGE_RSA)
		return "an RSA key of less than 2048 bits";
	if (EVP_PKEY_security_bits(key) < JUDGE_BITS)
		return "a key that is too short";
	if (certchain_selfsigned(x) ||
	    X509_get_signature_info(x, &digest, 0, 0, 0) != 1)
		return 0;
	if (digest == NID_sha1)
		return "a signature with SHA-1";
	if (digest == NID_md5 || digest == NID_md5_sha1 || digest == NID_md4)
		return "a signature with MD5";
	return 0;
}

static void
judge_strength(struct judge *j)
{
	char name[WORDS_MAX];
	const char *weak;
	int i, bad = 0;
	X509 *x;

	for (i = 0; i < sk_X509_num(j->chain); i++) {
		x = sk_X509_value(j->chain, i);
		if (!(weak = judge_weak(x)))
			continue;
		bad = 1;
		judge_say(j, JUDGE_ERROR, "strength", "%s has %s",
		    i ? words_name(name, X509_get_subject_name(x), 0) : "it",
		    weak);
	}
	if (!bad)
		judge_say(j, JUDGE_OK, "strength",
		    "keys and signatures are strong enough");
}

/* Where the CA says its own certificate can be had, or "". */
static const char *
judge_where(char *buf, X509 *x)
{
	AUTHORITY_INFO_ACCESS *all = X509_get_ext_d2i(x, NID_info_access, 0, 0);
	const ACCESS_DESCRIPTION *d;
	const ASN1_STRING *s;
	int i;

	*buf = 0;
	for (i = 0; i < sk_ACCESS_DESCRIPTION_num(all); i++) {
		d = sk_ACCESS_DESCRIPTION_value(all, i);
		if (OBJ_obj2nid(d->method) != NID_ad_ca_issuers ||
		    d->location->type != GEN_URI)
			continue;
		s = d->location->d.uniformResourceIdentifier;
		snprintf(buf, WORDS_MAX, " (%.*s)", ASN1_STRING_length(s),
		    (const char *)ASN1_STRING_get0_data(s));
		for (s = 0, i = 0; buf[i]; i++)
			if (buf[i] < ' ' || buf[i] > '~')
				buf[i] = '?';
		break;
	}
	AUTHORITY_INFO_ACCESS_free(all);
	return buf;
}

static void
judge_chain(struct judge *j)
{
	X509 *leaf = sk_X509_value(j->chain, 0);
	STACK_OF(X509) *path = certchain_build(leaf, j->chain);
	int n = sk_X509_num(path), r;
	X509 *top = sk_X509_value(path, n - 1);
	char name[WORDS_MAX], url[WORDS_MAX];

	r = certchain_verify(j->chain, j->roots);
	words_name(name, X509_get_issuer_name(top), 0);
	if (r == X509_V_OK)
		judge_say(j, JUDGE_OK, "chain",
		    "complete: %d certificate%s, %s%s", n, n == 1 ? "" : "s",
		    certchain_selfsigned(leaf) ? "signed by itself and trusted"
					       : "up to ",
		    certchain_selfsigned(leaf) ? "" : name);
	else if (certchain_selfsigned(leaf))
		judge_say(j, JUDGE_WARNING, "chain",
		    "it is signed by itself: clients trust it only if they are "
		    "given it");
	else if (r == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY && n == 1)
		judge_say(j, JUDGE_ERROR, "chain",
		    "incomplete: the certificate of %s, which signed it, is "
		    "missing%s: get it from the CA",
		    name, judge_where(url, top));
	else if (r == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY)
		judge_say(j, JUDGE_WARNING, "chain",
		    "it ends below %s, which this machine does not trust: right "
		    "for a CA of your own, else a certificate is missing",
		    name);
	else
		judge_say(j, JUDGE_ERROR, "chain", "%s",
		    X509_verify_cert_error_string(r));
	sk_X509_pop_free(path, X509_free);
}

void
judge_all(struct judge *j)
{
	if (j->key)
		judge_key(j);
	judge_names(j);
	judge_dates(j);
	judge_purpose(j);
	judge_strength(j);
	judge_chain(j);
}
