/* SPDX-License-Identifier: ISC */
/* certtool dkim: a key that signs mail, and the record to publish for it. */
#include <errno.h>
#include <getopt.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "address.h"
#include "issue.h"
#include "load.h"
#include "package/say.h"
#include "place.h"
#include "store.h"
#include "usage.h"
#include "verbs.h"

enum {
	DKIM_STRING = 255, /* the longest string of a TXT record */
	DKIM_RAW = 32      /* an Ed25519 key */
};

static const struct option dkim_options[] = {{"dir", 1, 0, 'd'},
    {"domain", 1, 0, 'D'}, {"selector", 1, 0, 's'}, {"type", 1, 0, 't'},
    {"key", 1, 0, 'k'}, {0, 0, 0, 0}};

struct dkim {
	const char *dir, *domain, *selector, *type;
	const char *file;            /* of the key */
	const struct priv_id *owner; /* null: whoever runs this */
	int first;                   /* 1: of an instance without keys */
};

static void
dkim_arguments(struct dkim *k, int argc, char **argv, const char *usage)
{
	int c;

	while ((c = getopt_long(argc, argv, "h", dkim_options, 0)) != -1)
		switch (c) {
		case 'd':
			k->dir = optarg;
			break;
		case 'D':
			k->domain = optarg;
			break;
		case 's':
			k->selector = optarg;
			break;
		case 't':
			k->type = optarg;
			break;
		case 'k':
			k->file = optarg;
			break;
		case 'h':
			usage_help(usage);
		default:
			exit(100);
		}
	if (optind != argc || !k->selector || (!k->dir && !k->domain) ||
	    (!k->dir && !k->file))
		usage_die(usage);
}

/* Where the key lies: etc/dkim/DOMAIN/SELECTOR.pem of an instance. */
static void
dkim_place(struct dkim *k, struct instance *i)
{
	const char *folder;

	if (k->dir) {
		instance_need(i, k->dir);
		if (!k->domain)
			k->domain = i->domain;
	}
	if (!address_domain_valid(k->domain, strlen(k->domain), 0))
		die(100, "'%s' is no domain", k->domain);
	if (!address_domain_valid(k->selector, strlen(k->selector), 0))
		die(100, "'%s' is no selector: letters, digits and hyphens",
		    k->selector);
	if (k->file)
		return;
	if (i->roles)
		k->owner = &i->role[ROLE_DKIM];
	folder = instance_path(i, "etc/dkim");
	if (!(k->first = mkdir(folder, 0755) == 0) && errno != EEXIST)
		die_sys(111, "cannot make %s", folder);
	folder = instance_path(i, "etc/dkim/%s", k->domain);
	if (mkdir(folder, 0755) < 0 && errno != EEXIST)
		die_sys(111, "cannot make %s", folder);
	k->file =
	    instance_path(i, "etc/dkim/%s/%s.pem", k->domain, k->selector);
}

/* The key that is there, or a new one. */
static EVP_PKEY *
dkim_key(const struct dkim *k)
{
	struct store to = {.file = k->file, .mode = 0600, .owner = k->owner};
	struct load l = {0};
	EVP_PKEY *key;
	BIO *b;

	if (load_if(&l, k->file)) {
		if (!l.key || k->type)
			die(100, "%s is there already: %s", k->file,
			    l.key ? "another key takes another selector"
				  : "it holds no key");
		return l.key;
	}
	key = issue_key(k->type ? k->type : "rsa2048");
	if (!key || EVP_PKEY_is_a(key, "EC"))
		die(100,
		    "'%s' is no type of key for DKIM: ed25519, rsa2048, "
		    "rsa3072, rsa4096",
		    k->type);
	b = BIO_new(BIO_s_secmem());
	issue_need(
	    b && PEM_write_bio_PKCS8PrivateKey(b, key, 0, 0, 0, 0, 0), "PEM");
	store_bio(&to, b);
	BIO_free(b);
	return key;
}

/* The p= of the record in base64; the caller frees it. Ed25519 keys stand
 * there bare (RFC 8463). */
static char *
dkim_public(const EVP_PKEY *key)
{
	unsigned char raw[DKIM_RAW], *der = 0;
	size_t n = sizeof raw;
	char *text;
	int len;

	if (EVP_PKEY_is_a(key, "ED25519")) {
		issue_need(
		    EVP_PKEY_get_raw_public_key(key, raw, &n) == 1, "a key");
		len = (int)n;
	} else
		issue_need((len = i2d_PUBKEY(key, &der)) > 0, "a key");
	text = OPENSSL_malloc((size_t)len * 4 / 3 + 8);
	issue_need(text != 0, "room");
	EVP_EncodeBlock((unsigned char *)text, der ? der : raw, len);
	OPENSSL_free(der);
	return text;
}

/* The record in strings that are not too long for DNS. */
static void
dkim_tell(const struct dkim *k, const EVP_PKEY *key)
{
	char *p = dkim_public(key), *record;
	const char *s;

	issue_need(asprintf(&record, "v=DKIM1; k=%s; p=%s",
		       EVP_PKEY_is_a(key, "RSA") ? "rsa" : "ed25519", p) > 0,
	    "a record");
	printf("; The key is in %s\n%s._domainkey.%s. IN TXT (", k->file,
	    k->selector, k->domain);
	for (s = record; *s; s += strnlen(s, DKIM_STRING))
		printf("\n    \"%.*s\"", DKIM_STRING, s);
	puts(" )");
	if (k->first)
		printf("; When others can see it: postern down %s, and up "
		       "again, to sign by it\n",
		    k->dir);
	OPENSSL_free(p);
	free(record);
}

int
dkim_main(int argc, char **argv, const char *usage)
{
	static struct instance i;
	struct dkim k = {0};
	EVP_PKEY *key;

	dkim_arguments(&k, argc, argv, usage);
	dkim_place(&k, &i);
	key = dkim_key(&k);
	dkim_tell(&k, key);
	EVP_PKEY_free(key);
	return 0;
}
