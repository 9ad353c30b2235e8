/* SPDX-License-Identifier: ISC */
/* smtproute: finds a host that takes mail for a domain, and has smtpsend send
 * it what queued has. */
#include <skalibs/sgetopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "deadline.h"
#include "log.h"
#include "routes.h"
#include "smtp/routehosts.h"
#include "smtp/routetry.h"
#include "smtp/sendjob.h"
#include "usage.h"

int smtproute_main(int, char **);

enum { SMTPROUTE_LOOKUP = 30, SMTPROUTE_HOSTS = 5 };

static const char smtproute_usage[] =
    "usage: smtproute -H name [-A file] [-a fd] [-c seconds] [-i address]\n"
    "           [-l level] [-o host] [-p port] [-t seconds] domain\n"
    "Sends mail for the domain, which queued hands over on standard input.\n"
    "  -H name     what to call ourselves\n"
    "  -o host     to this host, not to the MX hosts\n"
    "  -p port     at this port (25)\n"
    "  -l level    TLS: off, offer (the default), require, verify\n"
    "  -A file     authorities to trust too (PEM)\n"
    "  -a fd       log in with the name and password in this file\n"
    "  -i address  connect from this address\n"
    "  -c seconds  for a connection (30)\n"
    "  -t seconds  the longest wait for the server (600)\n";

struct smtproute {
	const char *host, *domain;
	struct routetry try;
};

static void
smtproute_option(struct smtproute *s, int c, const char *arg)
{
	switch (c) {
	case 'A':
		s->try.ca = arg;
		break;
	case 'a':
		s->try.auth = (int)usage_number("option -a", arg, 3, 65535);
		break;
	case 'c':
		usage_number("option -c", arg, 1, 3600);
		s->try.connect = arg;
		break;
	case 'H':
		s->try.helo = arg;
		break;
	case 'i':
		s->try.source = arg;
		break;
	case 'l':
		if (routes_tls(arg) < 0)
			usage_die(smtproute_usage);
		s->try.level = arg;
		break;
	case 'o':
		if (strlen(arg) >= HOSTNAME_SIZE)
			usage_die(smtproute_usage);
		s->host = arg;
		break;
	case 'p':
		usage_number("option -p", arg, 1, 65535);
		s->try.port = arg;
		break;
	case 't':
		usage_number("option -t", arg, 1, SENDCONN_DOT);
		s->try.seconds = arg;
		break;
	case 'h':
		usage_help(smtproute_usage);
	default:
		usage_die(smtproute_usage);
	}
}

static void
smtproute_options(struct smtproute *s, int argc, char **argv)
{
	subgetopt o = SUBGETOPT_ZERO;
	int c;

	while ((c = subgetopt_r(argc, (char const *const *)argv,
		    "hA:a:c:H:i:l:o:p:t:", &o)) != -1)
		smtproute_option(s, c, o.arg);
	if (argc - o.ind != 1 || !s->try.helo)
		usage_die(smtproute_usage);
	s->domain = argv[o.ind];
}

/* Tries the hosts. 1 the mail is taken care of; 0 R says why not: what may
 * change is the reason before what will not. */
static int
smtproute_hosts(const struct smtproute *s, const struct routehosts *h,
    struct sendconn_reply *r)
{
	struct sendconn_reply now;
	size_t i;

	r->code = 0;
	for (i = 0; i < h->n && i < SMTPROUTE_HOSTS; i++) {
		if (routetry(&s->try, h->name[i], h->implicit, &now))
			return 1;
		log_event("host", "domain", s->domain, "host", h->name[i],
		    "status", now.status, "reason", now.text, (char *)0);
		if (!r->code || r->code >= 500 || now.code < 500)
			*r = now;
	}
	return 0;
}

static int
smtproute_send(const struct smtproute *s, struct sendconn_reply *r)
{
	struct routehosts h = {.n = 1};
	tain deadline;

	if (routes_tls(s->try.level) == ROUTES_DANE) {
		sendconn_say(r, 451, "4.7.5",
		    "tls=dane: this server cannot look up TLSA records");
		return 0;
	}
	if (s->host) {
		snprintf(h.name[0], sizeof h.name[0], "%s", s->host);
		return smtproute_hosts(s, &h, r);
	}
	deadline_in(&deadline, SMTPROUTE_LOOKUP);
	return routehosts_find(&h, s->domain, s->try.helo, &deadline, r) == 0
	    ? smtproute_hosts(s, &h, r)
	    : 0;
}

/* There is no session: what queued has to send does not go, for reason R. */
static int
smtproute_refuse(const struct sendconn_reply *r)
{
	static struct sendjob j;
	size_t i;
	int told = 0;

	if (sendjob_take(0, &j) <= 0)
		return 0;
	for (i = 0; i < j.n && told == 0; i++)
		told = sendjob_tell(0, i, 0, "", r);
	sendjob_free(&j);
	if (told == 0)
		told = sendjob_end(0, "unreachable");
	return told < 0 ? 111 : 0;
}

int
smtproute_main(int argc, char **argv)
{
	struct smtproute s = {
	    .try = {
		.port = "25", .level = "offer", .connect = "30", .auth = -1}};
	struct sendconn_reply r;

	log_start("smtproute");
	smtproute_options(&s, argc, argv);
	return smtproute_send(&s, &r) ? 0 : smtproute_refuse(&r);
}
