/* SPDX-License-Identifier: ISC */
/* certtool request: a key, and a request for a CA to sign. */
#include <errno.h>
#include <getopt.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "ask.h"
#include "hostnames.h"
#include "issue.h"
#include "load.h"
#include "package/say.h"
#include "place.h"
#include "store.h"
#include "usage.h"
#include "verbs.h"

enum { REQUEST_ANSWER = 256, REQUEST_SUBJECT = 8 };

static const struct option request_options[] = {{"name", 1, 0, 'n'},
    {"type", 1, 0, 't'}, {"subject", 1, 0, 's'}, {"dir", 1, 0, 'd'},
    {"key", 1, 0, 'k'}, {"out", 1, 0, 'o'}, {"reuse", 0, 0, 'r'}, {0, 0, 0, 0}};

struct request {
	struct hostnames names;
	const char *type, *dir, *key, *out;
	const char *subject[REQUEST_SUBJECT + 1];
	size_t subjects;
	int reuse;
	struct place at;
};

static void
request_subject(struct request *q, const char *line)
{
	if (q->subjects == REQUEST_SUBJECT)
		die(100, "a subject here has at most %d lines",
		    REQUEST_SUBJECT);
	q->subject[q->subjects++] = line;
}

static void
request_arguments(struct request *q, int argc, char **argv, const char *usage)
{
	int c;

	while ((c = getopt_long(argc, argv, "h", request_options, 0)) != -1)
		switch (c) {
		case 'n':
			hostnames_need(&q->names, optarg);
			break;
		case 't':
			q->type = optarg;
			break;
		case 's':
			request_subject(q, optarg);
			break;
		case 'd':
			q->dir = optarg;
			break;
		case 'k':
			q->key = optarg;
			break;
		case 'o':
			q->out = optarg;
			break;
		case 'r':
			q->reuse = 1;
			break;
		case 'h':
			usage_help(usage);
		default:
			exit(100);
		}
	if (optind != argc)
		usage_die(usage);
}

static void
request_ask_names(struct request *q, const char *host)
{
	char s[REQUEST_ANSWER], question[2 * REQUEST_ANSWER];

	snprintf(question, sizeof question,
	    "Name by which clients know the server%s%.255s%s: ",
	    host ? " [" : "", host ? host : "", host ? "]" : "");
	while (!q->names.n)
		if (ask_line(s, sizeof s, question) == 0 && host)
			hostnames_need(&q->names, host);
		else if (!hostnames_add(&q->names, s))
			fprintf(stderr, "'%s' is no host name\n", s);
	while (ask_line(s, sizeof s, "Another name, or Enter for no more: "))
		if (!hostnames_add(&q->names, s))
			fprintf(stderr, "'%s' is no host name\n", s);
}

static void
request_ask_line(struct request *q, const char *question, const char *field)
{
	char s[REQUEST_ANSWER], *line;

	if (!ask_line(s, sizeof s, question))
		return;
	if (asprintf(&line, "%s=%s", field, s) < 0)
		die(111, "no memory");
	request_subject(q, line);
}

/* What the options have not said. */
static void
request_ask(struct request *q, const char *host)
{
	static char type[REQUEST_ANSWER];

	request_ask_names(q, host);
	if (!q->subjects) {
		request_ask_line(q,
		    "Organisation, or Enter for none (most CAs want none): ",
		    "O");
		request_ask_line(
		    q, "Country, two letters, or Enter for none: ", "C");
	}
	if (!q->type && !q->reuse &&
	    ask_line(
		type, sizeof type, "Type of key (" ISSUE_TYPES ") [ecdsa]: "))
		q->type = type;
}

/* The names, asked for or given, and with them where everything lies. */
static void
request_prepare(struct request *q, const char *usage)
{
	const char *first;

	if (q->dir)
		place_instance(&q->at, q->dir, 0);
	if (!q->names.n && ask_possible())
		request_ask(q, q->dir ? q->at.host : 0);
	else if (!q->names.n && q->dir)
		hostnames_need(&q->names, q->at.host);
	if (!q->names.n)
		usage_die(usage);
	first = q->names.name[0];
	if (q->dir)
		place_instance(&q->at, q->dir, first);
	else
		place_here(&q->at, first);
	if (!q->key)
		q->key = q->at.key;
	if (!q->out)
		q->out = q->at.request;
}

/* The folder of requests is its owner's alone. */
static void
request_folder(const struct place *at)
{
	const char *dir = instance_path(&at->i, "tls/request");

	if (mkdir(dir, 0700) < 0 && errno != EEXIST)
		die_sys(111, "cannot make %s", dir);
}

/* A new key in its file, or the one that is there. */
static EVP_PKEY *
request_key(const struct request *q)
{
	struct store to = {.file = q->key, .mode = 0600};
	EVP_PKEY *key;
	BIO *b;

	if (q->reuse)
		return load_key(q->key);
	if (!(key = issue_key(q->type ? q->type : "ecdsa")))
		die(100, "'%s' is no type of key: " ISSUE_TYPES, q->type);
	b = BIO_new(BIO_s_secmem()); /* wiped when it is freed */
	issue_need(
	    b && PEM_write_bio_PKCS8PrivateKey(b, key, 0, 0, 0, 0, 0), "PEM");
	store_bio(&to, b);
	BIO_free(b);
	return key;
}

static void
request_absent(const struct request *q)
{
	struct stat st;

	if (!q->reuse && lstat(q->key, &st) == 0)
		die(100,
		    "%s is there already, and a key is never overwritten: "
		    "--reuse makes a request for it, --key names another file",
		    q->key);
}

static void
request_tell(const struct request *q, BIO *pem)
{
	char *p;
	long n = BIO_get_mem_data(pem, &p);

	printf("The private key is in %s.\n"
	       "It stays here; nobody else, and no CA, needs it.\n\n"
	       "The request is in %s.\n"
	       "Paste all of it, with its first and last line, where your CA "
	       "asks for a CSR\n(certificate signing request):\n\n%.*s\n"
	       "Put all that the CA sends back into files, and run:\n\n  ",
	    q->key, q->out, (int)n, p);
	if (!q->dir)
		printf("certtool install --key %s --bundle %s answer.pem\n",
		    q->key, q->at.bundle);
	else if (strcmp(q->at.host, q->at.i.host) == 0)
		printf("certtool install --dir %s answer.pem\n", q->dir);
	else
		printf("certtool install --dir %s --host %s answer.pem\n",
		    q->dir, q->at.host);
}

int
request_main(int argc, char **argv, const char *usage)
{
	static struct request q;
	struct store to = {.mode = 0644, .force = 1};
	EVP_PKEY *key;
	X509_REQ *r;
	BIO *b;

	request_arguments(&q, argc, argv, usage);
	request_prepare(&q, usage);
	if (q.dir)
		request_folder(&q.at);
	request_absent(&q);
	key = request_key(&q);
	r = issue_request(key, q.names.name, q.subject);
	b = BIO_new(BIO_s_mem());
	issue_need(b && PEM_write_bio_X509_REQ(b, r), "PEM");
	to.file = q.out;
	store_bio(&to, b);
	request_tell(&q, b);
	BIO_free(b);
	X509_REQ_free(r);
	EVP_PKEY_free(key);
	return 0;
}
