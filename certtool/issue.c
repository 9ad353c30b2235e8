/* SPDX-License-Identifier: ISC */
/* Making keys, requests and certificates. */
#include "issue.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "package/say.h"

enum { ISSUE_SERIAL_BITS = 127, ISSUE_CN_MAX = 64 };

static const int issue_hour = 3600;

void
issue_need(int good, const char *what)
{
	const char *why;

	if (good)
		return;
	why = ERR_reason_error_string(ERR_peek_last_error());
	die(111, "cannot make %s: %s", what, why ? why : "no reason given");
}

EVP_PKEY *
issue_key(const char *type)
{
	static const struct {
		const char *name;
		unsigned int bits; /* of RSA */
	} types[] = {{"ecdsa", 0}, {"ed25519", 0}, {"rsa2048", 2048},
	    {"rsa3072", 3072}, {"rsa4096", 4096}};
	EVP_PKEY *key;
	size_t i;

	for (i = 0; i < sizeof types / sizeof *types; i++) {
		if (strcmp(type, types[i].name) != 0)
			continue;
		key = types[i].bits  ? EVP_RSA_gen(types[i].bits)
		    : type[1] == 'c' ? EVP_EC_gen("P-256")
				     : EVP_PKEY_Q_keygen(0, 0, "ED25519");
		issue_need(key != 0, "a key");
		return key;
	}
	return 0;
}

const EVP_MD *
issue_digest(const EVP_PKEY *key)
{
	return EVP_PKEY_is_a(key, "ED25519") ? 0 : EVP_sha256();
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

static void
issue_subject_line(X509_NAME *s, const char *field, const char *value)
{
	if (X509_NAME_add_entry_by_txt(s, field, MBSTRING_UTF8,
		(const unsigned char *)value, -1, -1, 0) != 1)
		die(100, "a subject cannot have %s=%s", field, value);
}

/* The subject: the first name, where it is not too long for it. */
static void
issue_subject(X509_NAME *s, const char *name)
{
	if (strlen(name) > ISSUE_CN_MAX)
		name = "mail server";
	issue_subject_line(s, "CN", name);
}

static GENERAL_NAMES *
issue_names(char *const *names)
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
	return all;
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
	GENERAL_NAMES *all = issue_names(names);

	issue_need(
	    x && X509_set_version(x, X509_VERSION_3) && X509_set_pubkey(x, key),
	    "a certificate");
	issue_serial(x);
	issue_subject(X509_get_subject_name(x), *names);
	issue_need(
	    X509_set_issuer_name(x, X509_get_subject_name(x)), "an issuer");
	/* an hour ago: the clock of a client may be slow */
	issue_need(X509_gmtime_adj(X509_getm_notBefore(x), -issue_hour) &&
		X509_time_adj_ex(X509_getm_notAfter(x), (int)days, 0, 0),
	    "the dates");
	issue_extension(x, NID_basic_constraints, "critical,CA:FALSE");
	issue_extension(x, NID_key_usage, "critical,digitalSignature");
	issue_extension(x, NID_ext_key_usage, "serverAuth");
	issue_extension(x, NID_subject_key_identifier, "hash");
	issue_need(X509_add1_ext_i2d(x, NID_subject_alt_name, all, 0, 0) == 1,
	    "a list of names");
	GENERAL_NAMES_free(all);
	issue_need(X509_sign(x, key, issue_digest(key)) > 0, "a signature");
	return x;
}

/* Further lines of a subject stand before the name. */
static void
issue_request_subject(X509_NAME *s, const char *const *line, const char *name)
{
	char field[16];
	size_t n;

	for (; *line; line++) {
		n = strcspn(*line, "=");
		if (n >= sizeof field || !(*line)[n] || !(*line)[n + 1])
			die(100, "'%s' is no line of a subject, as O=Example",
			    *line);
		memcpy(field, *line, n);
		field[n] = 0;
		issue_subject_line(s, field, *line + n + 1);
	}
	issue_subject(s, name);
}

X509_REQ *
issue_request(EVP_PKEY *key, char *const *names, const char *const *subject)
{
	X509_REQ *r = X509_REQ_new();
	STACK_OF(X509_EXTENSION) *all = 0;
	GENERAL_NAMES *san = issue_names(names);

	issue_need(r && X509_REQ_set_version(r, X509_REQ_VERSION_1) &&
		X509_REQ_set_pubkey(r, key),
	    "a request");
	issue_request_subject(X509_REQ_get_subject_name(r), subject, *names);
	issue_need(
	    X509V3_add1_i2d(&all, NID_subject_alt_name, san, 0, 0) == 1 &&
		X509_REQ_add_extensions(r, all) == 1,
	    "a list of names");
	issue_need(X509_REQ_sign(r, key, issue_digest(key)) > 0, "a signature");
	sk_X509_EXTENSION_pop_free(all, X509_EXTENSION_free);
	GENERAL_NAMES_free(san);
	return r;
}
