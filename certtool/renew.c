/* SPDX-License-Identifier: ISC */
/* certtool renew: another certificate in time, once or for ever. */
#include <errno.h>
#include <getopt.h>
#include <openssl/pem.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ari.h"
#include "bundle.h"
#include "certacme.h"
#include "certchain.h"
#include "issue.h"
#include "load.h"
#include "log.h"
#include "package/say.h"
#include "place.h"
#include "store.h"
#include "usage.h"
#include "verbs.h"
#include "words.h"

enum {
	RENEW_INTERVAL = 6 * 3600, /* between two looks */
	RENEW_FIRST = 60,          /* after the first failure; then four times
	                              as long each time */
	RENEW_DAYS = 3650          /* of one signed by itself */
};

static const struct option renew_options[] = {{"dir", 1, 0, 'd'},
    {"host", 1, 0, 'H'}, {"force", 0, 0, 'f'}, {"next", 0, 0, 'n'},
    {"watch", 0, 0, 'w'}, {"ready", 1, 0, 'r'}, {"interval", 1, 0, 'i'},
    {0, 0, 0, 0}};

struct renew {
	const char *dir, *host;
	int force, next, watch, ready;
	unsigned int interval;
	struct place at;
	struct certacme acme;
	int by_acme;
};

static void
renew_arguments(struct renew *r, int argc, char **argv, const char *usage)
{
	int c;

	r->ready = -1;
	r->interval = RENEW_INTERVAL;
	while ((c = getopt_long(argc, argv, "h", renew_options, 0)) != -1)
		switch (c) {
		case 'd':
			r->dir = optarg;
			break;
		case 'H':
			r->host = optarg;
			break;
		case 'f':
			r->force = 1;
			break;
		case 'n':
			r->next = 1;
			break;
		case 'w':
			r->watch = 1;
			break;
		case 'r':
			r->ready =
			    (int)usage_number("--ready", optarg, 0, 65535);
			break;
		case 'i':
			r->interval = (unsigned int)usage_number(
			    "--interval", optarg, 1, 7 * 86400);
			break;
		case 'h':
			usage_help(usage);
		default:
			exit(100);
		}
	if (optind != argc || !r->dir)
		usage_die(usage);
}

/* When X is due: in the CA's window, else when two thirds of its life are over;
 * one signed by itself at once where a CA is to be asked. */
static time_t
renew_due(const struct renew *r, X509 *x)
{
	time_t from = words_time(X509_get0_notBefore(x));
	time_t to = words_time(X509_get0_notAfter(x));
	time_t due = from + (to - from) / 3 * 2;
	unsigned char spread = 0;
	unsigned int n = 0;
	unsigned char digest[EVP_MAX_MD_SIZE];
	struct ari w;

	if (!r->by_acme)
		return due;
	if (certchain_selfsigned(x))
		return 0;
	if (!ari_ask(&w, &r->acme, &r->at.i, x))
		return due;
	/* an instant of the window that stays the same at each look */
	if (X509_digest(x, EVP_sha256(), digest, &n) == 1)
		spread = digest[0];
	return w.start + (w.end - w.start) * spread / 256;
}

/* The same names and key, signed by itself once more. */
static void
renew_selfsigned(const struct renew *r, X509 *old, EVP_PKEY *key)
{
	struct store to = {.file = instance_path(&r->at.i, "tls/ca.pem"),
	    .mode = 0644,
	    .force = 1};
	char names[WORDS_NAMES], *s, *save;
	struct hostnames all = {0};
	STACK_OF(X509) *chain = sk_X509_new_null();
	BIO *ca = BIO_new(BIO_s_mem());
	X509 *x;

	words_hosts(names, old);
	for (s = strtok_r(names, ", ", &save); s; s = strtok_r(0, ", ", &save))
		hostnames_need(&all, s);
	hostnames_need(&all, r->at.host);
	x = issue_selfsigned(key, all.name, RENEW_DAYS);
	issue_need(chain && sk_X509_push(chain, x) > 0 && ca &&
		PEM_write_bio_X509(ca, x),
	    "PEM");
	bundle_lock(&r->at);
	bundle_write(&r->at, key, chain);
	store_bio(&to, ca);
	printf(
	    "renewed %s: clients must now trust %s\n", r->at.bundle, to.file);
	BIO_free(ca);
	sk_X509_pop_free(chain, X509_free);
}

/* A CA that is asked by hand gets a request for the key that is served. */
static int
renew_request(const struct renew *r, X509 *old, const char *usage)
{
	char names[WORDS_NAMES], *s, *save;
	char *argv[2 * HOSTNAMES_MAX + 8] = {(char *)"request", (char *)"--dir",
	    (char *)r->dir, (char *)"--reuse", (char *)"--key",
	    (char *)r->at.bundle, 0};
	int n = 6;

	words_hosts(names, old);
	for (s = strtok_r(names, ", ", &save); s && n < 2 * HOSTNAMES_MAX;
	     s = strtok_r(0, ", ", &save)) {
		argv[n++] = (char *)"--name";
		argv[n++] = s;
	}
	argv[n] = 0;
	optind = 0; /* getopt begins anew */
	return request_main(n, argv, usage);
}

static int
renew_acme(struct renew *r, EVP_PKEY *key, const char *usage)
{
	char answer[INSTANCE_PATH];
	char *argv[] = {(char *)"install", (char *)"--dir", (char *)r->dir,
	    (char *)"--host", r->at.host, (char *)"--dns", answer, 0};

	if (r->next)
		key = load_key(r->at.key);
	certacme_issue(&r->acme, &r->at.i, r->at.host, key, answer);
	optind = 0; /* getopt begins anew */
	return install_main(7, argv, usage);
}

/* One look. The exit code. */
static int
renew_once(struct renew *r, const char *usage)
{
	struct load l = {0};
	char date[WORDS_TIME];
	time_t due;
	X509 *x;

	place_instance(&r->at, r->dir, r->host);
	r->by_acme = certacme_read(&r->acme, &r->at.i);
	load_file(&l, r->at.bundle);
	if (!l.key || !(x = certchain_leaf(l.certs, l.key)))
		die(100, "%s is no bundle", r->at.bundle);
	if (!r->force && (due = renew_due(r, x)) > time(0)) {
		if (!r->watch)
			printf("%s is not due until %s\n", r->at.bundle,
			    words_date(date, due));
		return 0;
	}
	if (r->by_acme)
		return renew_acme(r, l.key, usage);
	if (!certchain_selfsigned(x))
		return renew_request(r, x, usage);
	renew_selfsigned(r, x, l.key);
	return 0;
}

/* One look in a process of its own. Its exit code. */
static int
renew_child(struct renew *r, const char *usage)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		return 111;
	if (pid == 0)
		exit(renew_once(r, usage));
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return 111;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 111;
}

/* Looks for ever; after a failure sooner, but never so often that a CA would
 * mind. */
static void
renew_watch(struct renew *r, const char *usage)
{
	unsigned int wait, failed = RENEW_FIRST;
	char number[LOG_NUM], seconds[LOG_NUM];
	int code;

	if (r->ready >= 0) {
		if (write(r->ready, "\n", 1) != 1)
			die_sys(111, "cannot say that I am ready");
		close(r->ready);
	}
	for (;;) {
		code = renew_child(r, usage);
		fflush(stdout);
		wait = r->interval;
		if (code == 0)
			failed = RENEW_FIRST;
		else {
			wait = failed < wait ? failed : wait;
			failed = failed > RENEW_INTERVAL ? failed : failed * 4;
			log_event("renewal-failed", "exit",
			    log_u64(number, (uint64_t)code), "again_in",
			    log_u64(seconds, wait), (char *)0);
		}
		sleep(wait);
	}
}

int
renew_main(int argc, char **argv, const char *usage)
{
	static struct renew r;

	renew_arguments(&r, argc, argv, usage);
	if (r.watch)
		renew_watch(&r, usage);
	return renew_once(&r, usage);
}
