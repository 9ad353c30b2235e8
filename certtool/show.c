/* SPDX-License-Identifier: ISC */
/* certtool show: what a file holds, in plain words. */
#include <getopt.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

#include "certchain.h"
#include "load.h"
#include "place.h"
#include "usage.h"
#include "verbs.h"
#include "words.h"

static const struct option show_options[] = {
    {"dir", 1, 0, 'd'}, {"host", 1, 0, 'H'}, {0, 0, 0, 0}};

static void
show_dates(X509 *x, time_t now)
{
	time_t from = words_time(X509_get0_notBefore(x));
	time_t to = words_time(X509_get0_notAfter(x));
	char a[WORDS_TIME], b[WORDS_TIME];
	int share = words_share(x, now);

	printf(
	    "   valid      %s to %s: ", words_date(a, from), words_date(b, to));
	if (now < from)
		puts("not yet");
	else if (share > 100)
		printf("expired %ld days ago\n", -words_days(to, now));
	else
		printf("%ld days are left, %d %% of its life\n",
		    words_days(to, now), 100 - share);
}

static const char *
show_purpose(X509 *x)
{
	uint32_t eku = X509_get_extended_key_usage(x);

	if (X509_check_ca(x) == 1)
		return "to sign other certificates";
	if (eku == UINT32_MAX || eku & XKU_ANYEKU)
		return "any";
	if (eku & XKU_SSL_SERVER)
		return eku & XKU_SSL_CLIENT ? "servers and clients" : "servers";
	return eku & XKU_SSL_CLIENT ? "clients, not servers" : "not for TLS";
}

static void
show_hex(const char *what, const unsigned char *p, unsigned int n)
{
	unsigned int i;

	printf("   %-10s ", what);
	for (i = 0; i < n; i++)
		printf("%02x", p[i]);
	putchar('\n');
}

static void
show_certificate(X509 *x, int number, const EVP_PKEY *key)
{
	char buf[WORDS_NAMES];
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int n = 0;
	const ASN1_INTEGER *serial = X509_get0_serialNumber(x);

	printf(
	    "%d. %s\n", number, words_name(buf, X509_get_subject_name(x), 1));
	if (*words_hosts(buf, x))
		printf("   for        %s\n", buf);
	if (certchain_selfsigned(x))
		puts("   signed by  itself");
	else
		printf("   signed by  %s\n",
		    words_name(buf, X509_get_issuer_name(x), 1));
	printf("   key        %s%s\n", words_key(buf, X509_get0_pubkey(x)),
	    key && EVP_PKEY_eq(X509_get0_pubkey(x), key) == 1
		? ", that of the private key here"
		: "");
	show_dates(x, time(0));
	printf("   purpose    %s\n", show_purpose(x));
	show_hex("serial", ASN1_STRING_get0_data(serial),
	    (unsigned int)ASN1_STRING_length(serial));
	if (X509_digest(x, EVP_sha256(), digest, &n) == 1)
		show_hex("SHA-256", digest, n);
	ERR_clear_error();
}

int
show_main(int argc, char **argv, const char *usage)
{
	const char *dir = 0, *host = 0;
	static struct place at;
	struct load l = {0};
	char type[WORDS_MAX];
	int c, i;

	while ((c = getopt_long(argc, argv, "h", show_options, 0)) != -1)
		switch (c) {
		case 'd':
			dir = optarg;
			break;
		case 'H':
			host = optarg;
			break;
		case 'h':
			usage_help(usage);
		default:
			exit(100);
		}
	if (dir ? argc != optind : (argc - optind != 1 || host))
		usage_die(usage);
	if (dir)
		place_instance(&at, dir, host);
	load_file(&l, dir ? at.bundle : argv[optind]);
	if (l.key)
		printf("A private key: %s\n", words_key(type, l.key));
	for (i = 0; i < sk_X509_num(l.certs); i++)
		show_certificate(sk_X509_value(l.certs, i), i + 1, l.key);
	load_free(&l);
	return 0;
}
