/* SPDX-License-Identifier: ISC */
/* dkimsign: signs a message on its way into the queue. It is a filter of the
 * QMAILQUEUE interface, and becomes the next program, which finds the message
 * on fd 0, and the envelope on fd 1, which this has not touched. */
#include <errno.h>
#include <openssl/evp.h>
#include <skalibs/sgetopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "chain.h"
#include "dkim/canon.h"
#include "dkim/head.h"
#include "dkim/keys.h"
#include "dkim/sign.h"
#include "dkim/spoolfile.h"
#include "lf.h"
#include "log.h"
#include "mime.h"
#include "priv.h"
#include "usage.h"

/* No program of ours is in this binary. */
const struct chain_stage chain_table[] = {{0, 0}};

static const char dkimsign_usage[] =
    "usage: dkimsign [-7ar] [-x days] keys program ...\n"
    "Signs the message on fd 0 with the keys of its author's domain, in the "
    "files\n"
    "keys/DOMAIN/SELECTOR.pem, and runs the program, which queues it.\n"
    "  -7  encode 8-bit text and long lines first, which would not last\n"
    "  -a  whoever sends it (default: if SMTPAUTHUSER or RELAYCLIENT is set)\n"
    "  -r  refuse what cannot be signed, instead of sending it unsigned\n"
    "  -x  days that the signature is good for (default: for ever)\n"
    "Example:\n"
    "  smtpd -S ... -f 'dkimsign -7 etc/dkim enqueue' checkpw ...\n";

/* Exit codes of qmail-queue. */
enum {
	DKIMSIGN_MEMORY = 51,
	DKIMSIGN_WRITE = 53,
	DKIMSIGN_READ = 54,
	DKIMSIGN_TROUBLE = 81,
	DKIMSIGN_SAID = 82 /* on fd 6 */
};

enum { DKIMSIGN_STEP = 65536, DKIMSIGN_DAY = 86400, DKIMSIGN_TEXT = 6 };

struct dkimsign {
	int all, required, seven;
	unsigned int days;
	const char *folder;
	struct dkim_head head;
	struct canon_body body;
	EVP_MD_CTX *md; /* of the body */
	struct dkim_keys keys;
	struct spoolfile spool;
	struct mime_plan plan; /* by: */
	struct mime mime;
};

static void
dkimsign_options(struct dkimsign *d, int *argc, char ***argv)
{
	subgetopt l = SUBGETOPT_ZERO;
	int c;

	while ((c = subgetopt_r(
		    *argc, (char const *const *)*argv, "7harx:", &l)) != -1)
		switch (c) {
		case 'h':
			usage_help(dkimsign_usage);
		case '7':
			d->seven = 1;
			break;
		case 'a':
			d->all = 1;
			break;
		case 'r':
			d->required = 1;
			break;
		case 'x':
			d->days = (unsigned int)usage_number(
			    "option -x", l.arg, 1, 3650);
			break;
		default:
			usage_die(dkimsign_usage);
		}
	*argc -= l.ind;
	*argv += l.ind;
	if (*argc < 2)
		usage_die(dkimsign_usage);
	d->folder = *(*argv)++;
}

static void
dkimsign_hash(void *md, const char *p, size_t n)
{
	EVP_DigestUpdate(md, p, n);
}

/* A message begins. */
static void
dkimsign_begin(struct dkimsign *d)
{
	dkim_head_init(&d->head);
	spoolfile_init(&d->spool);
	canon_body_init(&d->body, dkimsign_hash, d->md);
	if (EVP_DigestInit_ex(d->md, EVP_sha256(), 0) != 1)
		log_die(DKIMSIGN_MEMORY, "OpenSSL has no SHA-256", (char *)0);
}

/* N bytes more of it, with LF line ends (a mime_sink). */
static int
dkimsign_put(void *data, const char *p, size_t n)
{
	struct dkimsign *d = data;
	size_t head = dkim_head_put(&d->head, p, n);

	canon_body_put(&d->body, p + head, n - head);
	if (spoolfile_put(&d->spool, p, n) < 0)
		log_diesys(
		    DKIMSIGN_WRITE, "cannot keep the message", (char *)0);
	return 0;
}

/* Bytes from FD into BUF (DKIMSIGN_STEP of them); 0 at the end. */
static size_t
dkimsign_bytes(int fd, char *buf)
{
	ssize_t r;

	do
		r = read(fd, buf, DKIMSIGN_STEP);
	while (r < 0 && errno == EINTR);
	if (r < 0)
		log_diesys(DKIMSIGN_READ, "cannot read the message", (char *)0);
	return (size_t)r;
}

static void
dkimsign_take(struct dkimsign *d, const char *p, size_t n)
{
	dkimsign_put(d, p, n);
	if (d->seven)
		mime_put(&d->mime, p, n);
}

/* Takes the message in. */
static void
dkimsign_read(struct dkimsign *d)
{
	static char buf[DKIMSIGN_STEP + 1];
	struct lf lf = {0};
	size_t n;

	if (!(d->md = EVP_MD_CTX_new()))
		log_die(DKIMSIGN_MEMORY, "no memory", (char *)0);
	dkimsign_begin(d);
	if (d->seven)
		mime_init(&d->mime, MIME_LOOK, 0, &d->plan, 0, 0);
	while ((n = dkimsign_bytes(0, buf + 1)) > 0)
		dkimsign_take(d, buf, lf_put(&lf, buf + 1, n, buf));
	dkimsign_take(d, buf, lf_end(&lf, buf));
	canon_body_end(&d->body);
	if (d->seven)
		mime_end(&d->mime);
}

/* Encodes what of the message may be encoded on its way, as far as it can be:
 * that would break the signature. */
static void
dkimsign_encode(struct dkimsign *d)
{
	static char buf[DKIMSIGN_STEP];
	unsigned int unwanted = (d->plan.no_eight ? 0 : MIME_EIGHT) |
	    (d->plan.no_long ? 0 : MIME_LONG);
	size_t n;
	int fd;

	if (!d->seven || !(d->plan.all & unwanted))
		return;
	if ((fd = spoolfile_finish(&d->spool, "", 0)) < 0)
		log_diesys(
		    DKIMSIGN_WRITE, "cannot keep the message", (char *)0);
	dkimsign_begin(d);
	mime_init(&d->mime, MIME_LINES, unwanted, &d->plan, dkimsign_put, d);
	while ((n = dkimsign_bytes(fd, buf)) > 0)
		mime_put(&d->mime, buf, n);
	mime_end(&d->mime);
	canon_body_end(&d->body);
	close(fd);
	dkim_head_parse(&d->head);
}

/* Finds the keys. Null, or why the message goes without a signature. */
static const char *
dkimsign_keys(struct dkimsign *d)
{
	char domain[IDN_SIZE];
	const char *why, *file;

	if (!d->all && !getenv("RELAYCLIENT") && !getenv("SMTPAUTHUSER"))
		return "nobody has logged in";
	if ((why = dkim_head_parse(&d->head)) ||
	    (why = dkim_head_domain(&d->head, domain)))
		return why;
	switch (dkim_keys_find(&d->keys, d->folder, domain, &why, &file)) {
	case 1:
		return 0;
	case 0:
		return "the domain in From has no keys";
	default:
		log_die(DKIMSIGN_TROUBLE, file, ": ", why, (char *)0);
	}
}

/* The signatures, into FRONT (SPOOLFILE_FRONT bytes); their length. 0, with
 * *WHY: they do not fit. */
static size_t
dkimsign_sign(struct dkimsign *d, char *front, const char **why)
{
	struct dkim_sign s = {.head = &d->head,
	    .domain = d->keys.domain,
	    .time = (uint64_t)time(0)};
	size_t i, all = 0;
	long n;

	if (d->days)
		s.expires = s.time + (uint64_t)d->days * DKIMSIGN_DAY;
	if (EVP_DigestFinal_ex(d->md, s.body, 0) != 1)
		log_die(DKIMSIGN_TROUBLE, "OpenSSL has failed", (char *)0);
	for (i = 0; i < d->keys.n; i++) {
		n = dkim_sign_field(&s, &d->keys.key[i], front + all);
		if (n < 0)
			log_die(DKIMSIGN_TROUBLE, "cannot sign with ",
			    d->keys.key[i].selector, (char *)0);
		if (!n) {
			*why = "the signature would be too long";
			return 0;
		}
		all += (size_t)n;
	}
	return all;
}

static void
dkimsign_unsigned(const struct dkimsign *d, const char *why)
{
	log_event(d->required ? "refused" : "unsigned", "reason", why, "user",
	    getenv("SMTPAUTHUSER"), (char *)0);
	if (!d->required)
		return;
	dprintf(DKIMSIGN_TEXT, "Dthe message cannot be signed: %s\n", why);
	exit(DKIMSIGN_SAID);
}

static void
dkimsign_log(const struct dkimsign *d)
{
	size_t i;

	for (i = 0; i < d->keys.n; i++)
		log_event("signed", "domain", d->keys.domain, "selector",
		    d->keys.key[i].selector, "user", getenv("SMTPAUTHUSER"),
		    (char *)0);
}

/* The next program's standard input: the message behind N bytes of FRONT. */
static void
dkimsign_pass(struct dkimsign *d, const char *front, size_t n)
{
	int fd = spoolfile_finish(&d->spool, front, n);

	if (fd < 0 || dup2(fd, 0) < 0)
		log_diesys(
		    DKIMSIGN_WRITE, "cannot keep the message", (char *)0);
	close(fd);
}

int
main(int argc, char **argv)
{
	static struct dkimsign d;
	static char front[SPOOLFILE_FRONT];
	const char *why;
	size_t n = 0;

	log_start_conn("dkimsign");
	dkimsign_options(&d, &argc, &argv);
	priv_drop(0, 0);
	dkimsign_read(&d);
	if (!(why = dkimsign_keys(&d))) {
		dkimsign_encode(&d);
		n = dkimsign_sign(&d, front, &why);
	}
	if (why)
		dkimsign_unsigned(&d, why);
	else
		dkimsign_log(&d);
	dkimsign_pass(&d, front, n);
	chain_next(argv);
}
