/* SPDX-License-Identifier: ISC */
/* certtool selfsigned: a key and a certificate without anybody's help. */
#include "verbs.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <skalibs/sgetopt.h>
#include <stdio.h>
#include <string.h>

#include "address.h"
#include "hostnames.h"
#include "issue.h"
#include "package/say.h"
#include "store.h"
#include "usage.h"

struct selfsigned_options {
	int force;
	unsigned int days;
	const char *bundle, *ca;
};

static void
selfsigned_option(
    struct selfsigned_options *o, int c, const char *arg, const char *usage)
{
	switch (c) {
	case 'f':
		o->force = 1;
		return;
	case 'd':
		o->days =
		    (unsigned int)usage_number("option -d", arg, 1, 36500);
		return;
	case 'o':
		o->bundle = arg;
		return;
	case 'c':
		o->ca = arg;
		return;
	case 'h':
		usage_help(usage);
	default:
		usage_die(usage);
	}
}

/* Writes the bundle and what clients must trust. */
static void
selfsigned_write(const struct selfsigned_options *o, EVP_PKEY *key, X509 *x)
{
	/* OpenSSL wipes the memory of a secure one */
	BIO *bundle = BIO_new(BIO_s_secmem()), *ca = BIO_new(BIO_s_mem());
	struct store to = {.file = o->bundle, .mode = 0600, .force = o->force};

	if (!bundle || !ca ||
	    !PEM_write_bio_PKCS8PrivateKey(bundle, key, 0, 0, 0, 0, 0) ||
	    !PEM_write_bio_X509(bundle, x) || !PEM_write_bio_X509(ca, x))
		die(111, "cannot write PEM");
	store_bio(&to, bundle);
	to.file = o->ca;
	to.mode = 0644;
	store_bio(&to, ca);
	BIO_free(bundle);
	BIO_free(ca);
}

int
selfsigned_main(int argc, char **argv, const char *usage)
{
	struct selfsigned_options o = {.days = 3650, .ca = "ca.pem"};
	subgetopt opt = SUBGETOPT_ZERO;
	struct hostnames names = {0};
	char file[ADDRESS_DOMAIN_MAX + sizeof ".pem"];
	EVP_PKEY *key;
	X509 *x;
	int c;

	opt.err = 0;
	while ((c = subgetopt_r(
		    argc, (char const *const *)argv, "fd:o:c:h", &opt)) != -1)
		selfsigned_option(&o, c, opt.arg, usage);
	argv += opt.ind;
	if (!*argv)
		usage_die(usage);
	for (; *argv; argv++)
		hostnames_need(&names, *argv);
	if (!o.bundle) {
		snprintf(file, sizeof file, "%s.pem", names.name[0]);
		o.bundle = file;
	}
	if (!o.force) {
		store_absent(o.bundle);
		store_absent(o.ca);
	}
	key = issue_key("ecdsa");
	x = issue_selfsigned(key, names.name, o.days);
	selfsigned_write(&o, key, x);
	X509_free(x);
	EVP_PKEY_free(key);
	return 0;
}
