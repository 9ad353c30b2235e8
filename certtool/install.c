/* SPDX-License-Identifier: ISC */
/* certtool install and rollback: what the CA sent becomes what is served. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle.h"
#include "certchain.h"
#include "dane.h"
#include "hostnames.h"
#include "judge.h"
#include "load.h"
#include "package/say.h"
#include "place.h"
#include "usage.h"
#include "verbs.h"
#include "words.h"

enum { INSTALL_SMTP = 25 }; /* the port whose TLSA records count */

static const struct option install_options[] = {{"dir", 1, 0, 'd'},
    {"host", 1, 0, 'H'}, {"bundle", 1, 0, 'b'}, {"key", 1, 0, 'k'},
    {"name", 1, 0, 'n'}, {"ca", 1, 0, 'c'}, {"dns", 0, 0, 'q'}, {0, 0, 0, 0}};

struct install {
	const char *dir, *host, *bundle, *key, *ca;
	int dns;
	struct hostnames names;
	struct place at;
};

static void
install_arguments(struct install *t, int argc, char **argv, const char *usage)
{
	int c;

	while ((c = getopt_long(argc, argv, "h", install_options, 0)) != -1)
		switch (c) {
		case 'd':
			t->dir = optarg;
			break;
		case 'H':
			t->host = optarg;
			break;
		case 'b':
			t->bundle = optarg;
			break;
		case 'k':
			t->key = optarg;
			break;
		case 'n':
			hostnames_need(&t->names, optarg);
			break;
		case 'c':
			t->ca = optarg;
			break;
		case 'q':
			t->dns = 1;
			break;
		case 'h':
			usage_help(usage);
		default:
			exit(100);
		}
	if (!t->dir == !t->bundle || (t->host && !t->dir))
		die(100, "say where: --dir DIR, or --bundle FILE");
	if (t->dir)
		place_instance(&t->at, t->dir, t->host);
	else
		place_bundle(&t->at, t->bundle);
	if (*t->at.host)
		hostnames_need(&t->names, t->at.host);
}

static void
install_say(enum judge_level level, const char *topic, const char *text)
{
	if (level != JUDGE_OK)
		fprintf(stderr, "%s: %s: %s\n", judge_word(level), topic, text);
}

static void
install_refuse(const struct install *t)
{
	fprintf(stderr, "refused: %s is as it was\n", t->at.bundle);
	exit(1);
}

/* The key that one of the certificates GIVEN is for, and that certificate:
 * the key named, else that of the request, of the files themselves, of what is
 * served now, or of what was served before. */
static X509 *
install_match(const struct install *t, const struct load *given, EVP_PKEY **key)
{
	const char *file[] = {
	    t->key ? t->key : t->at.key, t->at.bundle, t->at.last};
	struct load l = {0};
	X509 *leaf = 0;
	size_t i;

	for (i = 0; !leaf && i < (t->key ? 1 : sizeof file / sizeof *file);
	     i++) {
		load_free(&l);
		if (!load_if(&l, file[i])) {
			if (t->key)
				die(100, "there is no file %s", t->key);
			continue;
		}
		if (l.key && (leaf = certchain_leaf(given->certs, l.key)))
			*key = l.key;
		else if (t->key && !l.key)
			die(100, "%s holds no private key", t->key);
	}
	if (!leaf && !t->key && given->key &&
	    (leaf = certchain_leaf(given->certs, given->key)))
		*key = given->key;
	if (leaf)
		EVP_PKEY_up_ref(*key);
	load_free(&l);
	return leaf;
}

static void
install_mismatch(const struct install *t, const struct load *given)
{
	char name[WORDS_MAX];
	int i;

	fprintf(stderr, "error: key: no private key here fits: none of %s\n",
	    t->key ? t->key
		   : "the request, what is served, what was served before");
	for (i = 0; i < sk_X509_num(given->certs); i++)
		fprintf(stderr, "  is for the certificate of %s\n",
		    words_name(name,
			X509_get_subject_name(sk_X509_value(given->certs, i)),
			0));
	install_refuse(t);
}

/* 1 if the certificates of CHAIN are the first of POOL, in that order. */
static int
install_ordered(STACK_OF(X509) * chain, STACK_OF(X509) * pool)
{
	int i, at = -1, j;

	for (i = 0; i < sk_X509_num(chain); i++)
		for (j = 0; j < sk_X509_num(pool); j++)
			if (X509_cmp(sk_X509_value(chain, i),
				sk_X509_value(pool, j)) == 0) {
				if (j <= at)
					return 0;
				at = j;
				break;
			}
	return 1;
}

/* The chain of LEAF out of what was given and what is served. */
static STACK_OF(X509) *
    install_chain(const struct install *t, X509 *leaf, struct load *given)
{
	STACK_OF(X509) * chain;
	struct load old = {0};
	int i;

	chain = certchain_build(leaf, given->certs);
	if (!install_ordered(chain, given->certs))
		fputs("the certificates were in the wrong order: put right\n",
		    stderr);
	if (load_if(&old, t->at.bundle)) {
		for (i = 0; i < sk_X509_num(old.certs); i++) {
			X509_up_ref(sk_X509_value(old.certs, i));
			sk_X509_push(given->certs, sk_X509_value(old.certs, i));
		}
		load_free(&old);
		sk_X509_pop_free(chain, X509_free);
		chain = certchain_build(leaf, given->certs);
	}
	return chain;
}

static void
install_tell(const struct install *t, STACK_OF(X509) * chain, int changed)
{
	X509 *leaf = sk_X509_value(chain, 0);
	char name[WORDS_NAMES], date[WORDS_TIME];

	printf("%s %s: for %s, until %s\n",
	    changed ? "installed" : "was installed already:", t->at.bundle,
	    words_hosts(name, leaf),
	    words_date(date, words_time(X509_get0_notAfter(leaf))));
}

int
install_main(int argc, char **argv, const char *usage)
{
	static struct install t;
	struct judge j = {.now = time(0), .days = 0, .say = install_say};
	struct load given = {0};
	X509 *leaf;
	int i;

	install_arguments(&t, argc, argv, usage);
	if (optind == argc)
		usage_die(usage);
	for (i = optind; i < argc; i++)
		load_file(&given, argv[i]);
	if (sk_X509_num(given.certs) == 0)
		die(100, "there is no certificate in %s", argv[optind]);
	bundle_lock(&t.at);
	if (!(leaf = install_match(&t, &given, &j.key)))
		install_mismatch(&t, &given);
	j.roots = certchain_roots(t.ca, given.certs);
	j.chain = install_chain(&t, leaf, &given);
	j.names = t.names.name;
	judge_all(&j);
	if (t.dns && *t.at.host)
		dane_judge_dns(&j, t.at.host, INSTALL_SMTP);
	if (j.worst == JUDGE_ERROR)
		install_refuse(&t);
	install_tell(&t, j.chain, bundle_write(&t.at, j.key, j.chain));
	if (!t.key)
		bundle_done(&t.at, j.key);
	return 0;
}

int
rollback_main(int argc, char **argv, const char *usage)
{
	static struct install t;
	struct judge j = {.now = time(0), .days = 0, .say = install_say};
	struct load last = {0};

	install_arguments(&t, argc, argv, usage);
	if (optind != argc)
		usage_die(usage);
	bundle_lock(&t.at);
	if (!load_if(&last, t.at.last))
		die(100, "there is nothing to go back to: no %s", t.at.last);
	if (!last.key || sk_X509_num(last.certs) == 0)
		die(100, "%s is no bundle", t.at.last);
	j.key = last.key;
	j.chain = last.certs;
	j.names = t.names.name;
	j.roots = certchain_roots(t.ca, 0);
	judge_all(&j);
	if (j.worst == JUDGE_ERROR)
		install_refuse(&t);
	bundle_swap(&t.at);
	install_tell(&t, j.chain, 1);
	return 0;
}
