/* SPDX-License-Identifier: ISC */
/* tlswrap: TLS for the next program. This process never sees a key: it hands
 * the connection to an engine (tlsd) and keeps the plaintext side. */
#include <skalibs/sgetopt.h>
#include <stdlib.h>
#include <unistd.h>

#include "chain.h"
#include "deadline.h"
#include "hand.h"
#include "log.h"
#include "ucspi.h"
#include "ucspitls.h"
#include "usage.h"

static const char tlswrap_usage[] =
    "usage: tlswrap [-n] [-l] [-p protocol] [-v ask|need] [-s socket] [-t seconds] "
    "next...\n"
    "Runs next... with TLS between the client and it.\n"
    "  -n           delayed: next starts TLS when it wants (UCSPI-TLS)\n"
    "  -l           and the engine hears of the connection only then: for next\n"
    "               of this project\n"
    "  -p protocol  the only ALPN protocols a client may name, a,b (any)\n"
    "  -v ask|need  ask for the client's certificate; need one (neither)\n"
    "  -s socket    where the engine, tlsd, listens (starts one of its own)\n"
    "  -t seconds   for the handshake (30)\n";

struct tlswrap_options {
	int delayed, late;
	const char *protocol;
	const char *verify;
	const char *socket;
	unsigned int seconds;
};

int tlswrap_main(int, char **);

static void
tlswrap_option(struct tlswrap_options *o, int c, const char *arg)
{
	switch (c) {
	case 'n':
		o->delayed = 1;
		return;
	case 'l':
		o->late = 1;
		return;
	case 'p':
		if (!tlsreq_protocol(arg))
			log_die(100, "option -p: '", arg,
			    "' is no name of a protocol", (char *)0);
		o->protocol = arg;
		return;
	case 'v':
		if (!tlsreq_verify(arg))
			log_die(100, "option -v: '", arg,
			    "' is neither ask nor need", (char *)0);
		o->verify = arg;
		return;
	case 's':
		o->socket = arg;
		return;
	case 't':
		o->seconds =
		    (unsigned int)usage_number("option -t", arg, 1, 3600);
		return;
	case 'h':
		usage_help(tlswrap_usage);
	default:
		usage_die(tlswrap_usage);
	}
}

/* TLS=off: the client has to do without, where it can. */
static void
tlswrap_off(int delayed, char *const *next)
{
	unsetenv("SSLCTLFD");
	unsetenv("SSLREADFD");
	unsetenv("SSLWRITEFD");
	unsetenv("SSLHANDFD");
	unsetenv("SSLFARFD");
	if (delayed)
		chain_next(next);
	log_event("refuse", "ip", getenv("TCPREMOTEIP"), "reason",
	    "TLS is off for this client", (char *)0);
	exit(1);
}

static void
tlswrap_setenv(const char *name, int fd)
{
	char number[LOG_NUM];

	if (setenv(name, log_u64(number, (uint64_t)fd), 1) < 0)
		log_diesys(111, "no memory", (char *)0);
}

/* Gives the connection to an engine; what is left of it here is in the
 * variables of UCSPI-TLS. */
static void
tlswrap_hand(const struct tlswrap_options *o)
{
	struct tlsreq r;
	int ctl, in, out, hand, far;

	tlsreq_set(r.protocol, sizeof r.protocol, o->protocol);
	tlsreq_set(r.verify, sizeof r.verify, o->verify);
	tlsreq_set(r.connid, sizeof r.connid, getenv("CONNID"));
	tlsreq_set(r.ip, sizeof r.ip, getenv("TCPREMOTEIP"));
	if (o->late && o->delayed && o->socket &&
	    (hand = hand_late(o->socket, &ctl, &far)) >= 0) {
		tlswrap_setenv("SSLHANDFD", hand);
		tlswrap_setenv("SSLFARFD", far);
	} else if (o->socket)
		ctl = hand_connect(o->socket, o->seconds);
	else
		ctl = hand_spawn(o->seconds);
	in = hand_over(ctl, &r, !o->delayed);
	/* some close the control descriptor before they take this one */
	if ((out = dup(ctl)) < 0)
		log_diesys(111, "cannot duplicate a descriptor", (char *)0);
	tlswrap_setenv("SSLCTLFD", ctl);
	tlswrap_setenv("SSLREADFD", in);
	tlswrap_setenv("SSLWRITEFD", out);
}

int
tlswrap_main(int argc, char **argv)
{
	struct tlswrap_options o = {.seconds = 30};
	subgetopt opt = SUBGETOPT_ZERO;
	tain deadline;
	int c;

	log_start_conn("tlswrap");
	opt.err = 0;
	while ((c = subgetopt_r(argc, (char const *const *)argv, "nlp:v:s:t:h",
		    &opt)) != -1)
		tlswrap_option(&o, c, opt.arg);
	argv += opt.ind;
	if (!*argv)
		usage_die(tlswrap_usage);
	ucspitls_clear();
	if (ucspi_env() < 0)
		log_diesys(111, "cannot tell who is connected", (char *)0);
	if (ucspitls_policy() == UCSPITLS_OFF)
		tlswrap_off(o.delayed, argv);

	tlswrap_hand(&o);
	if (!o.delayed) {
		deadline_in(&deadline, o.seconds);
		if (ucspitls_finish_at(0, 1, &deadline) < 0)
			exit(1); /* the engine has logged why */
	}
	chain_next(argv);
}
