/* SPDX-License-Identifier: ISC */
/* Certificates in words. */
#include "words.h"

#include <openssl/bio.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#include "issue.h"

enum { WORDS_DAY = 86400 };

/* What the BIO B holds, as a string in BUF; frees B. */
static const char *
words_take(char *buf, size_t size, BIO *b)
{
	int n = BIO_read(b, buf, (int)size - 1);

	buf[n > 0 ? n : 0] = 0;
	BIO_free(b);
	return buf;
}

const char *
words_name(char *buf, const X509_NAME *name, int full)
{
	unsigned long flags = ASN1_STRFLGS_ESC_CTRL | ASN1_STRFLGS_UTF8_CONVERT;
	BIO *b = BIO_new(BIO_s_mem());
	int i = X509_NAME_get_index_by_NID(name, NID_commonName, -1);

	issue_need(b != 0, "room");
	if (!full && i >= 0)
		ASN1_STRING_print_ex(b,
		    X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, i)),
		    flags);
	else
		X509_NAME_print_ex(b, name, 0,
		    (XN_FLAG_ONELINE & ~(unsigned long)ASN1_STRFLGS_ESC_MSB));
	return words_take(buf, WORDS_MAX, b);
}

const char *
words_hosts(char *buf, X509 *x)
{
	GENERAL_NAMES *all = X509_get_ext_d2i(x, NID_subject_alt_name, 0, 0);
	BIO *b = BIO_new(BIO_s_mem());
	const GENERAL_NAME *g;
	int i, n = 0;

	issue_need(b != 0, "room");
	for (i = 0; i < sk_GENERAL_NAME_num(all); i++) {
		g = sk_GENERAL_NAME_value(all, i);
		if (g->type != GEN_DNS)
			continue;
		BIO_puts(b, n++ ? ", " : "");
		ASN1_STRING_print_ex(b, g->d.dNSName, ASN1_STRFLGS_ESC_CTRL);
	}
	GENERAL_NAMES_free(all);
	return words_take(buf, WORDS_NAMES, b);
}

const char *
words_key(char *buf, const EVP_PKEY *key)
{
	char group[64] = "";
	const char *type = key ? EVP_PKEY_get0_type_name(key) : 0;

	if (!type)
		return strcpy(buf, "a key of an unknown type");
	if (strcmp(type, "EC") == 0 &&
	    EVP_PKEY_get_group_name(key, group, sizeof group, 0) == 1)
		snprintf(buf, WORDS_MAX, "ECDSA %s",
		    strcmp(group, "prime256v1") == 0      ? "P-256"
			: strcmp(group, "secp384r1") == 0 ? "P-384"
							  : group);
	else if (strcmp(type, "ED25519") == 0)
		strcpy(buf, "Ed25519");
	else
		snprintf(buf, WORDS_MAX, "%s %d", type, EVP_PKEY_bits(key));
	return buf;
}

time_t
words_time(const ASN1_TIME *t)
{
	struct tm tm;

	return ASN1_TIME_to_tm(t, &tm) == 1 ? timegm(&tm) : 0;
}

const char *
words_date(char *buf, time_t t)
{
	struct tm tm;

	if (!gmtime_r(&t, &tm) || !strftime(buf, WORDS_TIME, "%Y-%m-%d", &tm))
		strcpy(buf, "?");
	return buf;
}

long
words_days(time_t t, time_t now)
{
	return (long)((t - now) / WORDS_DAY);
}

int
words_share(const X509 *x, time_t now)
{
	time_t from = words_time(X509_get0_notBefore(x));
	time_t to = words_time(X509_get0_notAfter(x));

	if (now <= from)
		return 0;
	if (now > to || to <= from)
		return 101;
	return (int)((now - from) * 100 / (to - from));
}
