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
    "usage: smtproute -H name [-R] [-A file] [-a fd] [-c seconds]\n"
    "           [-D socket] [-i address] [-l level] [-M socket] [-o host]\n"
    "           [-p port] [-t seconds] domain\n"
    "       smtproute -n [-R] [-D socket] [-l level] [-M socket] [-o host]\n"
    "           [-p port] domain\n"
    "Sends mail for the domain, which queued hands over on standard input.\n"
    "  -H name     what to call ourselves\n"
    "  -o host     to this host, not to the MX hosts\n"
    "  -p port     at this port (25)\n"
    "  -l level    TLS: off, offer (the default), require, verify, dane\n"
    "  -D socket   of dnssecd: DANE\n"
    "  -M socket   of mtasts: MTA-STS\n"
    "  -R          as REQUIRETLS asks\n"
    "  -n          print where mail would go, and over what TLS\n"
    "  -A file     authorities to trust too (PEM)\n"
    "  -a fd       log in with the name and password in this file\n"
    "  -i address  connect from this address\n"
    "  -c seconds  for a connection (30)\n"
    "  -t seconds  the longest wait for the server (600)\n";

struct smtproute {
	const char *host;
	int print; /* -n */
	struct routeplan_domain domain;
	struct routetry try;
};

/* Options of TLS. 1, or 0 if C is none of them. */
static int
smtproute_option_tls(struct smtproute *s, int c, const char *arg)
{
	int level;

	switch (c) {
	case 'D':
		s->domain.dnssec = arg;
		return 1;
	case 'M':
		s->domain.mtasts = arg;
		return 1;
	case 'R':
		s->domain.strict = 1;
		return 1;
	case 'l':
		if ((level = routes_tls(arg)) < 0)
			usage_die(smtproute_usage);
		s->domain.level = (enum routes_tls)level;
		return 1;
	case 'A':
		s->try.ca = arg;
		return 1;
	default:
		return 0;
	}
}

static void
smtproute_option(struct smtproute *s, int c, const char *arg)
{
	switch (c) {
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
	case 'n':
		s->print = 1;
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
		if (!smtproute_option_tls(s, c, arg))
			usage_die(smtproute_usage);
	}
}

static void
smtproute_options(struct smtproute *s, int argc, char **argv)
{
	subgetopt o = SUBGETOPT_ZERO;
	int c;

	while ((c = subgetopt_r(argc, (char const *const *)argv,
		    "hnRA:a:c:D:H:i:l:M:o:p:t:", &o)) != -1)
		smtproute_option(s, c, o.arg);
	if (argc - o.ind != 1 || (!s->try.helo && !s->print))
		usage_die(smtproute_usage);
	s->domain.name = argv[o.ind];
	s->domain.port = s->try.port;
}

/* With -n: what is planned for HOST. */
static void
smtproute_print(const char *host, const struct routeplan *p)
{
	static char text[TLSA_FMT];
	size_t i;

	printf("host %s tls %s by %s", host, p->level, p->by);
	for (i = 0; i < ROUTEPLAN_NAMES; i++)
		if (p->name[i])
			printf(" name %s", p->name[i]);
	puts(p->testing ? " testing" : "");
	for (i = 0; strcmp(p->level, "dane") == 0 && i < p->dane.tlsas.n; i++)
		printf("tlsa %s%s\n", tlsa_fmt(text, &p->dane.tlsas.record[i]),
		    tlsa_usable(&p->dane.tlsas.record[i]) ? "" : " unusable");
}

/* One host. 1 the mail is taken care of; 0 R says why not. */
static int
smtproute_host(struct smtproute *s, const char *host, int implicit,
    struct sendconn_reply *r)
{
	static struct routeplan plan;

	if (routeplan(&plan, &s->domain, host, r) < 0) {
		if (s->print)
			printf("not %s %s\n", r->status, r->text);
		return 0;
	}
	if (s->print) {
		smtproute_print(host, &plan);
		r->code = 250;
		return 0;
	}
	if (strcmp(plan.by, "route") != 0)
		log_event("tls", "domain", s->domain.name, "host", host,
		    "level", plan.level, "by", plan.by, "base", plan.name[0],
		    (char *)0);
	return routetry(&s->try, &plan, host, implicit, r);
}

/* Tries the hosts. 1 the mail is taken care of; 0 R says why not: what may
 * change is the reason before what will not. */
static int
smtproute_hosts(
    struct smtproute *s, const struct routehosts *h, struct sendconn_reply *r)
{
	struct sendconn_reply now;
	size_t i;

	r->code = 0;
	for (i = 0; i < h->n && i < SMTPROUTE_HOSTS; i++) {
		if (smtproute_host(s, h->name[i], h->implicit, &now))
			return 1;
		if (s->print)
			continue;
		log_event("host", "domain", s->domain.name, "host", h->name[i],
		    "status", now.status, "reason", now.text, (char *)0);
		if (!r->code || r->code >= 500 || now.code < 500)
			*r = now;
	}
	return 0;
}

static int
smtproute_send(struct smtproute *s, struct sendconn_reply *r)
{
	struct routehosts h = {.n = 1};
	tain deadline;

	if (s->host) {
		snprintf(h.name[0], sizeof h.name[0], "%s", s->host);
		s->domain.given = 1;
		return smtproute_hosts(s, &h, r);
	}
	deadline_in(&deadline, SMTPROUTE_LOOKUP);
	if (routehosts_find(&h, s->domain.name, s->try.helo ? s->try.helo : "",
		s->domain.dnssec, &deadline, r) < 0) {
		if (s->print)
			printf("not %s %s\n", r->status, r->text);
		return 0;
	}
	s->domain.secure = h.secure;
	if (s->print)
		printf("mx %s\n", h.secure ? "secure" : "insecure");
	return smtproute_hosts(s, &h, r);
}

/* There is no session: what queued has to send does not go, for reason R. */
static int
smtproute_refuse(const struct sendconn_reply *r)
{
	static struct sendjob j;
	size_t i;
	int told = 0;

	if (sendjob_ready(0) < 0 || sendjob_take(0, &j) <= 0)
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
	static struct smtproute s = {.domain = {.level = ROUTES_OFFER},
	    .try = {.port = "25", .connect = "30", .auth = -1}};
	struct sendconn_reply r;

	log_start("smtproute");
	smtproute_options(&s, argc, argv);
	if (smtproute_send(&s, &r) || s.print)
		return fflush(stdout) == 0 ? 0 : 111;
	return smtproute_refuse(&r);
}
