/* SPDX-License-Identifier: ISC */
/* certtool tlsa: the TLSA records to publish, also from one key to the next. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dane.h"
#include "load.h"
#include "package/say.h"
#include "place.h"
#include "usage.h"
#include "verbs.h"

enum { TLSA_PORTS = 16, TLSA_SMTP = 25 };

static const struct option tlsa_options[] = {{"dir", 1, 0, 'd'},
    {"host", 1, 0, 'H'}, {"bundle", 1, 0, 'b'}, {"next", 1, 0, 'n'},
    {"port", 1, 0, 'p'}, {0, 0, 0, 0}};

struct tlsa_verb {
	const char *dir, *host, *bundle, *next;
	unsigned int port[TLSA_PORTS];
	size_t ports;
	struct place at;
};

static void
tlsa_port(struct tlsa_verb *v, const char *s)
{
	if (v->ports == TLSA_PORTS)
		die(100, "too many ports");
	v->port[v->ports++] = (unsigned int)usage_number("--port", s, 1, 65535);
}

static void
tlsa_arguments(struct tlsa_verb *v, int argc, char **argv, const char *usage)
{
	int c;

	while ((c = getopt_long(argc, argv, "h", tlsa_options, 0)) != -1)
		switch (c) {
		case 'd':
			v->dir = optarg;
			break;
		case 'H':
			v->host = optarg;
			break;
		case 'b':
			v->bundle = optarg;
			break;
		case 'n':
			v->next = optarg;
			break;
		case 'p':
			tlsa_port(v, optarg);
			break;
		case 'h':
			usage_help(usage);
		default:
			exit(100);
		}
	if (optind != argc || !v->dir == !v->bundle)
		usage_die(usage);
	if (!v->ports)
		v->port[v->ports++] = TLSA_SMTP;
}

/* Where the bundle lies, and for which host. */
static void
tlsa_place(struct tlsa_verb *v)
{
	if (v->dir)
		place_instance(&v->at, v->dir, v->host);
	else
		place_bundle(&v->at, v->bundle);
	if (v->bundle && v->host)
		snprintf(v->at.host, sizeof v->at.host, "%s", v->host);
	if (!*v->at.host)
		die(100, "%s is not named after a host: --host tells",
		    v->at.bundle);
}

static void
tlsa_records(const struct tlsa_verb *v, const char *hex)
{
	size_t i;

	for (i = 0; i < v->ports; i++)
		printf("_%u._tcp.%s. IN TLSA 3 1 1 %s\n", v->port[i],
		    v->at.host, hex);
}

static void
tlsa_rollover(const struct tlsa_verb *v, const char *now, const char *next)
{
	puts(
	    "; 1. Publish all of these, and wait until the TTL of the old ones "
	    "is over twice.\n"
	    "; The key that is served:");
	tlsa_records(v, now);
	puts("; The key that comes next:");
	tlsa_records(v, next);
	puts("; 2. Then certtool install the certificate for the next key.\n"
	     "; 3. Then remove the records of the first key: certtool tlsa "
	     "prints those that stay.");
}

int
tlsa_main(int argc, char **argv, const char *usage)
{
	static struct tlsa_verb v;
	struct load next = {0};
	EVP_PKEY *key;
	char a[DANE_HEX], b[DANE_HEX];

	tlsa_arguments(&v, argc, argv, usage);
	tlsa_place(&v);
	key = load_key(v.at.bundle);
	if (v.next)
		next.key = load_key(v.next);
	else
		load_if(&next, v.at.key);
	dane_hex(a, key);
	if (next.key && EVP_PKEY_eq(next.key, key) != 1) {
		dane_hex(b, next.key);
		tlsa_rollover(&v, a, b);
	} else
		tlsa_records(&v, a);
	EVP_PKEY_free(key);
	load_free(&next);
	return 0;
}
