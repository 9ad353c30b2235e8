/* SPDX-License-Identifier: ISC */
/* smtpsend: sends mail to the SMTP server on descriptors 6 and 7. */
#include <errno.h>
#include <skalibs/sgetopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "address.h"
#include "deadline.h"
#include "hostname.h"
#include "log.h"
#include "queue/queue.h"
#include "smtp/sendconn.h"
#include "smtp/sendhello.h"
#include "smtp/sendjob.h"
#include "smtp/sendmessage.h"
#include "ucspitls.h"
#include "usage.h"

int smtpsend_main(int, char **);

enum { SMTPSEND_TOTAL = 3600, SMTPSEND_MESSAGES = 100 };

static const char smtpsend_usage[] =
    "usage: smtpsend [-H name] [-a fd] [-f sender] [-t seconds] [-T seconds] "
    "recipient...\n"
    "       smtpsend -q [-H name] [-a fd] [-e fd] [-t seconds] [-T seconds]\n"
    "Sends the message in the file that is standard input to the server on\n"
    "fd 6 and 7.\n"
    "  -H name     what to call ourselves (the host's name)\n"
    "  -a fd       log in with the name and password in this file\n"
    "  -f sender   the reverse-path (the null one)\n"
    "  -t seconds  the longest wait for the server (600)\n"
    "  -T seconds  for a message in all (3600)\n"
    "  -q          take messages from queued on standard input\n"
    "  -e fd       say here why there was no session\n"
    "Exit: 0 all taken by the server, 100 one is not, 111 one not now.\n";

struct smtpsend {
	const char *helo, *from;
	int auth, status, queued;
	unsigned int seconds, total;
	char host[HOSTNAME_SIZE];
};

static void
smtpsend_option(struct smtpsend *s, int c, const char *arg)
{
	switch (c) {
	case 'H':
		s->helo = arg;
		break;
	case 'a':
		s->auth = (int)usage_number("option -a", arg, 3, 65535);
		break;
	case 'e':
		s->status = (int)usage_number("option -e", arg, 1, 65535);
		break;
	case 'f':
		s->from = arg;
		break;
	case 't':
		s->seconds = (unsigned int)usage_number(
		    "option -t", arg, 1, SENDCONN_DOT);
		break;
	case 'T':
		s->total =
		    (unsigned int)usage_number("option -T", arg, 1, 86400);
		break;
	case 'q':
		s->queued = 1;
		break;
	case 'h':
		usage_help(smtpsend_usage);
	default:
		usage_die(smtpsend_usage);
	}
}

/* Fills S; the index of the first recipient. */
static int
smtpsend_options(struct smtpsend *s, int argc, char **argv)
{
	subgetopt o = SUBGETOPT_ZERO;
	int c;

	while ((c = subgetopt_r(argc, (char const *const *)argv,
		    "hqH:a:e:f:t:T:", &o)) != -1)
		smtpsend_option(s, c, o.arg);
	if (s->queued ? o.ind < argc || *s->from : o.ind == argc)
		usage_die(smtpsend_usage);
	if (argc - o.ind > QUEUE_RECIPIENTS)
		log_die(100, "too many recipients", (char *)0);
	if (!s->helo) {
		if (gethostname(s->host, sizeof s->host - 1) < 0)
			log_diesys(111, "no host name", (char *)0);
		s->helo = s->host;
	}
	return o.ind;
}

/* Who the server is, for texts. */
static void
smtpsend_peer(struct sendconn *c)
{
	const char *host = getenv("TCPREMOTEHOST"), *ip = getenv("TCPREMOTEIP");
	char name[HOSTNAME_SIZE];

	if (!host || !hostname_clean(name, host))
		snprintf(c->peer, sizeof c->peer, "%.64s", ip ? ip : "server");
	else
		snprintf(
		    c->peer, sizeof c->peer, "%s[%.64s]", name, ip ? ip : "");
}

/* Begins the session. 0; -1 R says why there is none, unless its code is 0:
 * then whoever made the handshake says so. */
static int
smtpsend_begin(
    const struct smtpsend *s, struct sendconn *c, struct sendconn_reply *r)
{
	r->code = 0;
	sendconn_init(c, s->helo, s->seconds);
	deadline_in(&c->end, s->total);
	smtpsend_peer(c);
	switch (sendhello(c, s->auth, r)) {
	case SENDHELLO_READY:
		return 0;
	case SENDHELLO_FAILED:
		log_event("no-session", "server", c->peer, "reason", r->text,
		    (char *)0);
		return -1;
	case SENDHELLO_TLS:
		break;
	}
	r->code = 0;
	return -1;
}

static void
smtpsend_quit(struct sendconn *c)
{
	struct sendconn_reply r;

	if (c->broken)
		return;
	deadline_in(&c->end, SENDCONN_QUIT);
	sendconn_puts(c, "QUIT\r\n");
	sendconn_reply(c, SENDCONN_QUIT, 0, &r);
}

/* Lines on the descriptor of -e. */
static void smtpsend_status(const struct smtpsend *s, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void
smtpsend_status(const struct smtpsend *s, const char *format, ...)
{
	va_list args;

	if (s->status < 0)
		return;
	va_start(args, format);
	vdprintf(s->status, format, args);
	va_end(args);
}

/* Sends what M is about and logs each result. ID may be null. */
static void
smtpsend_message(const struct smtpsend *s, struct sendconn *c,
    struct sendmessage *m, const char *id)
{
	const struct sendconn_reply *r;
	size_t i;

	deadline_in(&c->end, s->total);
	sendmessage(c, m);
	for (i = 0; i < m->n; i++) {
		r = &m->result[i];
		log_event(sendjob_word(r, (c->ext & SENDCONN_DSN) != 0), "id",
		    id, "to", m->to[i].address, "status", r->status, "tls",
		    getenv("SSL_PROTOCOL"), "verified", getenv("SSL_VERIFIED"),
		    "text", r->text, (char *)0);
	}
}

/* One message of queued. 1 another may follow; 0 not; -1 queued is gone. */
static int
smtpsend_job(const struct smtpsend *s, struct sendconn *c, struct sendjob *j)
{
	struct sendmessage m = {.envelope = &j->envelope,
	    .fd = j->fd,
	    .to = j->to,
	    .n = j->n,
	    .result = malloc(j->n * sizeof *m.result)};
	int dsn, told = 0;
	size_t i;

	if (!m.result || setenv("CONNID", j->envelope.connid, 1) < 0)
		log_diesys(111, "no memory", (char *)0);
	log_start("smtpsend");
	smtpsend_message(s, c, &m, j->id);
	dsn = (c->ext & SENDCONN_DSN) != 0;
	for (i = 0; i < m.n && told == 0; i++)
		told = sendjob_tell(0, i, dsn, c->peer, &m.result[i]);
	free(m.result);
	return told < 0 ? -1 : !c->broken;
}

/* Messages of queued, until it has no more, or the connection takes no more. */
static int
smtpsend_queued(const struct smtpsend *s, struct sendconn *c)
{
	static struct sendjob j;
	int i, r = sendjob_ready(0) == 0;

	for (i = 0; r > 0 && i < SMTPSEND_MESSAGES; i++) {
		if (sendjob_take(0, &j) <= 0)
			break;
		if (i == 0)
			smtpsend_status(s, "TAKEN=1\n");
		r = smtpsend_job(s, c, &j);
		sendjob_free(&j);
		if (r >= 0 &&
		    sendjob_end(0,
			r && i + 1 < SMTPSEND_MESSAGES ? "more" : "over") < 0)
			r = -1;
	}
	smtpsend_quit(c);
	return 0;
}

/* What became of the message, a line for each recipient; the exit code. */
static int
smtpsend_print(const struct sendconn *c, const struct sendmessage *m)
{
	const struct sendconn_reply *r;
	int code = 0;
	size_t i;

	for (i = 0; i < m->n; i++) {
		r = &m->result[i];
		dprintf(1, "%s %s <%s> %s\n",
		    sendjob_word(r, (c->ext & SENDCONN_DSN) != 0), r->status,
		    m->to[i].address, r->text);
		if (r->code / 100 == 5)
			code = 100;
		else if (r->code / 100 != 2 && code == 0)
			code = 111;
	}
	return code;
}

static void
smtpsend_address(const char *s)
{
	if (!address_valid(s, strlen(s), 1))
		log_die(100, "'", s, "' is no address", (char *)0);
}

/* The message on standard input, to the recipients of the command line. */
static int
smtpsend_one(const struct smtpsend *s, struct sendconn *c, char **to, size_t n)
{
	struct envelope e = {.from = s->from, .to_n = n};
	struct sendmessage m = {.envelope = &e, .fd = 0, .n = n};
	struct sendconn_reply r;
	struct envelope_to *rcpt;
	size_t i;
	int code;

	rcpt = calloc(n, sizeof *rcpt);
	m.result = calloc(n, sizeof *m.result);
	if (!rcpt || !m.result)
		log_diesys(111, "no memory", (char *)0);
	if (*s->from)
		smtpsend_address(s->from);
	for (i = 0; i < n; i++) {
		smtpsend_address(to[i]);
		rcpt[i].address = to[i];
	}
	m.to = e.to = rcpt;
	if (smtpsend_begin(s, c, &r) == 0) {
		smtpsend_message(s, c, &m, 0);
		smtpsend_quit(c);
	} else {
		if (!r.code)
			sendconn_say(&r, 451, "4.7.0", "TLS cannot be started");
		for (i = 0; i < n; i++)
			m.result[i] = r;
	}
	code = smtpsend_print(c, &m);
	free(m.result);
	free(rcpt);
	return code;
}

int
smtpsend_main(int argc, char **argv)
{
	static struct sendconn c;
	struct smtpsend s = {.from = "",
	    .auth = -1,
	    .status = -1,
	    .seconds = SENDCONN_DOT,
	    .total = SMTPSEND_TOTAL};
	struct sendconn_reply r;
	int first;

	log_start_conn("smtpsend");
	first = smtpsend_options(&s, argc, argv);
	if (!s.queued) {
		if (lseek(0, 0, SEEK_SET) < 0)
			log_diesys(100, "standard input is no file", (char *)0);
		return smtpsend_one(
		    &s, &c, argv + first, (size_t)(argc - first));
	}
	if (smtpsend_begin(&s, &c, &r) == 0)
		return smtpsend_queued(&s, &c);
	if (!r.code)
		return 1;
	smtpsend_status(
	    &s, "CODE=%u\nSTATUS=%s\nREASON=%s\n", r.code, r.status, r.text);
	return r.code >= 500 ? 100 : 111;
}
