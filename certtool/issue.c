/* SPDX-License-Identifier: ISC */
/* Making keys and certificates. */
#include "issue.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "log.h"

enum { ISSUE_SERIAL_BITS = 127, ISSUE_CN_MAX = 64 };

static const int issue_hour = 3600;

static void
issue_need(int good, const char *what)
{
	const char *why;

	if (good)
		return;
	why = ERR_reason_error_string(ERR_peek_last_error());
	log_die(111, "cannot make ", what, ": ", why ? why : "no reason given",
	    (char *)0);
}

EVP_PKEY *
issue_key(void)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");

	issue_need(key != 0, "a key");
	return key;
}

/* A random serial number: two certificates never share one. */
static void
issue_serial(X509 *x)
{
	BIGNUM *n = BN_new();

	issue_need(n &&
		BN_rand(n, ISSUE_SERIAL_BITS, BN_RAND_TOP_ONE,
		    BN_RAND_BOTTOM_ANY) &&
		BN_to_ASN1_INTEGER(n, X509_get_serialNumber(x)),
	    "a serial number");
	BN_free(n);
}

/* The subject: the first name, where it is not too long for it. */
static void
issue_subject(X509 *x, const char *name)
{
	X509_NAME *s = X509_get_subject_name(x);

	if (strlen(name) > ISSUE_CN_MAX)
		name = "mail server";
	issue_need(X509_NAME_add_entry_by_txt(s, "CN", MBSTRING_ASC,
		       (const unsigned char *)name, -1, -1, 0) &&
		X509_set_issuer_name(x, s),
	    "a subject");
}

static void
issue_names(X509 *x, char *const *names)
{
	GENERAL_NAMES *all = GENERAL_NAMES_new();
	GENERAL_NAME *g;
	ASN1_IA5STRING *s;

	issue_need(all != 0, "a list of names");
	for (; *names; names++) {
		g = GENERAL_NAME_new();
		s = ASN1_IA5STRING_new();
		issue_need(g && s && ASN1_STRING_set(s, *names, -1) &&
			sk_GENERAL_NAME_push(all, g),
		    "a name");
		GENERAL_NAME_set0_value(g, GEN_DNS, s);
	}
	issue_need(X509_add1_ext_i2d(x, NID_subject_alt_name, all, 0, 0) == 1,
	    "a list of names");
	GENERAL_NAMES_free(all);
}

static void
issue_extension(X509 *x, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *e;

	X509V3_set_ctx(&ctx, x, x, 0, 0, 0);
	e = X509V3_EXT_conf_nid(0, &ctx, nid, value);
	issue_need(e && X509_add_ext(x, e, -1), "an extension");
	X509_EXTENSION_free(e);
}

X509 *
issue_selfsigned(EVP_PKEY *key, char *const *names, unsigned int days)
{
	X509 *x = X509_new();

	issue_need(
	    x && X509_set_version(x, X509_VERSION_3) && X509_set_pubkey(x, key),
	    "a certificate");
	issue_serial(x);
	issue_subject(x, *names);
	/* an hour ago: the clock of a client may be slow */
	issue_need(X509_gmtime_adj(X509_getm_notBefore(x), -issue_hour) &&
		X509_time_adj_ex(X509_getm_notAfter(x), (int)days, 0, 0),
	    "the dates");
	issue_extension(x, NID_basic_constraints, "critical,CA:FALSE");
	issue_extension(x, NID_key_usage, "critical,digitalSignature");
	issue_extension(x, NID_ext_key_usage, "serverAuth");
	issue_extension(x, NID_subject_key_identifier, "hash");
	issue_names(x, names);
	issue_need(X509_sign(x, key, EVP_sha256()) > 0, "a signature");
	return x;
}
