/* SPDX-License-Identifier: ISC */
/* certtool check: is what is served, or what lies in a file, fit for it? */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "certchain.h"
#include "dane.h"
#include "hostnames.h"
#include "judge.h"
#include "load.h"
#include "package/say.h"
#include "place.h"
#include "remote.h"
#include "usage.h"
#include "verbs.h"

enum { CHECK_SMTP = 25 };

static const struct option check_options[] = {{"dir", 1, 0, 'd'},
    {"host", 1, 0, 'H'}, {"name", 1, 0, 'n'}, {"ca", 1, 0, 'c'},
    {"days", 1, 0, 'D'}, {"starttls", 1, 0, 's'}, {"tlsa", 1, 0, 't'},
    {"dns", 0, 0, 'q'}, {"served", 0, 0, 'S'}, {0, 0, 0, 0}};

struct check {
	const char *dir, *host, *ca, *starttls, *target;
	int days, dns, served;
	struct hostnames names;
	struct resolve_tlsas records;
	struct place at;
	char server[NAME_MAX + 1]; /* of HOST:PORT; empty: it is a file */
	const char *port;
};

static void
check_starttls(struct check *c, const char *how)
{
	if (strcmp(how, "smtp") != 0 && strcmp(how, "pop3") != 0 &&
	    strcmp(how, "imap") != 0)
		die(100, "--starttls: '%s' is not smtp, pop3 or imap", how);
	c->starttls = how;
}

static void
check_arguments(struct check *c, int argc, char **argv, const char *usage)
{
	int o;

	c->days = -1;
	while ((o = getopt_long(argc, argv, "h", check_options, 0)) != -1)
		switch (o) {
		case 'd':
			c->dir = optarg;
			break;
		case 'H':
			c->host = optarg;
			break;
		case 'n':
			hostnames_need(&c->names, optarg);
			break;
		case 'c':
			c->ca = optarg;
			break;
		case 'D':
			c->days = (int)usage_number("--days", optarg, 0, 36500);
			break;
		case 's':
			check_starttls(c, optarg);
			break;
		case 't':
			dane_need(&c->records, optarg);
			break;
		case 'q':
			c->dns = 1;
			break;
		case 'S':
			c->served = 1;
			break;
		case 'h':
			usage_help(usage);
		default:
			exit(100);
		}
	if (argc - optind > 1 || (argc == optind && !c->dir) ||
	    (c->host && !c->dir))
		usage_die(usage);
	c->target = argv[optind]; /* null: the bundle of the instance */
}

/* HOST:PORT or [ADDRESS]:PORT. 1; 0: it is a file. */
static int
check_server(struct check *c)
{
	const char *colon = c->target ? strrchr(c->target, ':') : 0;
	const char *s = c->target;
	struct stat st;
	size_t n;

	if (!colon || !colon[1] || strchr(colon, '/') ||
	    stat(c->target, &st) == 0)
		return 0;
	n = (size_t)(colon - s);
	if (*s == '[' && n > 2 && colon[-1] == ']') {
		s++;
		n -= 2;
	}
	if (n >= sizeof c->server)
		die(100, "the name is too long: %s", c->target);
	memcpy(c->server, s, n);
	c->server[n] = 0;
	c->port = colon + 1;
	return 1;
}

/* What the port is for, where no option says. */
static const char *
check_usual(const char *port)
{
	if (strcmp(port, "25") == 0 || strcmp(port, "587") == 0 ||
	    strcmp(port, "smtp") == 0 || strcmp(port, "submission") == 0)
		return "smtp";
	if (strcmp(port, "110") == 0 || strcmp(port, "pop3") == 0)
		return "pop3";
	if (strcmp(port, "143") == 0 || strcmp(port, "imap2") == 0)
		return "imap";
	return 0;
}

static void
check_say(enum judge_level level, const char *topic, const char *text)
{
	printf("%s %s: %s\n", judge_word(level), topic, text);
}

/* The file itself: who can read the key in it? */
static void
check_file(struct judge *j, const struct check *c)
{
	const struct priv_id *id = c->at.owner;
	struct stat st;

	if (stat(c->at.bundle, &st) < 0)
		die_sys(111, "cannot look at %s", c->at.bundle);
	if (st.st_mode & 077)
		judge_say(j, JUDGE_ERROR, "file",
		    "its mode is %o, so others can reach the key: chmod 600 %s",
		    st.st_mode & 07777, c->at.bundle);
	else if (id && st.st_uid != id->uid)
		judge_say(j, JUDGE_ERROR, "file",
		    "it belongs to user %u, and the TLS engine is %u: chown "
		    "%u:%u %s",
		    st.st_uid, id->uid, id->uid, id->gid, c->at.bundle);
	else
		judge_say(j, JUDGE_OK, "file", "only user %u can read %s",
		    st.st_uid, c->at.bundle);
}

static void
check_bundle(struct judge *j, struct check *c)
{
	struct load l = {0};

	if (!c->dir)
		place_bundle(&c->at, c->target);
	else {
		place_instance(&c->at, c->dir, c->host);
		if (c->target &&
		    snprintf(c->at.bundle, PATH_MAX, "%s", c->target) >=
			PATH_MAX)
			die(100, "the name is too long: %s", c->target);
	}
	load_file(&l, c->at.bundle);
	if (sk_X509_num(l.certs) == 0)
		die(100, "there is no certificate in %s", c->at.bundle);
	if (*c->at.host)
		hostnames_need(&c->names, c->at.host);
	j->chain = l.certs;
	j->key = l.key;
	if (l.key)
		check_file(j, c);
	if (c->dns && *c->at.host)
		dane_judge_dns(j, c->at.host, CHECK_SMTP);
	if (c->records.n)
		dane_judge(j, &c->records, c->at.host, CHECK_SMTP);
}

static void
check_remote(struct judge *j, struct check *c)
{
	static struct remote r;
	unsigned int port = (unsigned int)strtoul(c->port, 0, 10);

	remote_get(&r, c->server, c->port,
	    c->starttls ? c->starttls : check_usual(c->port));
	j->chain = r.chain;
	if (c->dir) {
		place_instance(&c->at, c->dir, c->host);
		hostnames_need(&c->names, c->at.host);
	}
	if (!c->names.n)
		hostnames_add(&c->names, c->server);
	if (strcmp(r.protocol, "TLSv1.2") < 0)
		judge_say(
		    j, JUDGE_ERROR, "protocol", "%s is too old", r.protocol);
	else
		judge_say(
		    j, JUDGE_OK, "protocol", "%s, %s", r.protocol, r.cipher);
	if (c->dns)
		dane_judge_dns(j, c->server, port);
	if (c->records.n)
		dane_judge(j, &c->records, c->server, port);
}

/* The certificates stand in the order clients want them in. */
static void
check_order(struct judge *j)
{
	STACK_OF(X509) *right =
	    certchain_build(sk_X509_value(j->chain, 0), j->chain);
	int i;

	for (i = 0; i < sk_X509_num(right); i++)
		if (X509_cmp(sk_X509_value(right, i),
			sk_X509_value(j->chain, i)) != 0)
			break;
	if (i < sk_X509_num(right))
		judge_say(j, JUDGE_WARNING, "order",
		    "the chain is not in order: certtool install puts it right");
	sk_X509_pop_free(right, X509_free);
}

/* Only this: is it the certificate of the bundle that the server shows? */
static void
check_served(struct judge *j, struct check *c)
{
	static struct remote r;
	struct load l = {0};

	place_instance(&c->at, c->dir, c->host);
	load_file(&l, c->at.bundle);
	remote_get(&r, c->server, c->port,
	    c->starttls ? c->starttls : check_usual(c->port));
	if (sk_X509_num(l.certs) &&
	    X509_cmp(sk_X509_value(l.certs, 0), sk_X509_value(r.chain, 0)) == 0)
		judge_say(j, JUDGE_OK, "served", "what clients are shown is %s",
		    c->at.bundle);
	else
		judge_say(j, JUDGE_ERROR, "served",
		    "clients are shown another certificate than %s: see the "
		    "log of tlsd",
		    c->at.bundle);
}

int
check_main(int argc, char **argv, const char *usage)
{
	static struct check c;
	struct judge j = {.now = time(0), .say = check_say};

	check_arguments(&c, argc, argv, usage);
	j.days = c.days;
	if (c.served) {
		if (!c.dir || !check_server(&c))
			usage_die(usage);
		check_served(&j, &c);
		return (int)j.worst;
	}
	if (check_server(&c))
		check_remote(&j, &c);
	else
		check_bundle(&j, &c);
	j.names = c.names.name;
	j.roots = certchain_roots(c.ca, 0);
	judge_all(&j);
	check_order(&j);
	return (int)j.worst; /* 0 ok, 1 warning, 2 error */
}
