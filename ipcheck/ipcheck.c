/* SPDX-License-Identifier: ISC */
/* ipcheck: the ip rules decide whether a client may go on to the next stage,
 * and set variables for it. */
#include <errno.h>
#include <skalibs/sgetopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cdb/explain.h"
#include "chain.h"
#include "client.h"
#include "deadline.h"
#include "deny.h"
#include "iprules.h"
#include "log.h"
#include "remotehost.h"
#include "usage.h"

int ipcheck_main(int, char **);

static const char ipcheck_usage[] =
    "usage: ipcheck [-d command] [-r seconds] [-t ip[=host]] rules.cdb "
    "next...\n"
    "Runs next for clients that the compiled ip rules allow.\n"
    "  -d command    run this for those that a rule with a MESSAGE denies, as\n"
    "                'refuse smtp'; all others hear nothing\n"
    "  -r seconds    look up the client's name within this time (not at all)\n"
    "  -t ip[=host]  tell what the rules say of this address instead, as\n"
    "                cdbrules explain does; exit 0 allow, 1 deny\n";

struct ipcheck {
	const char *command, *tell; /* or null */
	unsigned int seconds;       /* for the client's name; 0: none */
};

static void
ipcheck_option(struct ipcheck *o, int c, const char *arg)
{
	switch (c) {
	case 'd':
		o->command = arg;
		return;
	case 'r':
		o->seconds =
		    (unsigned int)usage_number("option -r", arg, 1, 60);
		return;
	case 't':
		o->tell = arg;
		return;
	case 'h':
		usage_help(ipcheck_usage);
	default:
		usage_die(ipcheck_usage);
	}
}

/* -t: says what the rules decide about WHAT. */
static int
ipcheck_tell(const char *file, const char *what)
{
	int allow = explain_ip(rules_need(file, "ip"), what);

	if (allow < 0 && errno == EINVAL)
		log_die(100, "option -t: ", what, " is no address", (char *)0);
	if (allow < 0)
		log_diesys(111, "cannot look up in ", file, (char *)0);
	return !allow;
}

/* Ends the connection, by COMMAND (or null) if the rule has a MESSAGE. V is
 * null when no rule fits. */
static int
ipcheck_deny(const struct iprules_verdict *v, const char *command)
{
	log_event("deny", "ip", getenv("TCPREMOTEIP"), "line",
	    v ? v->line : "none", "rule", v ? v->text : "no rule: deny",
	    (char *)0);
	return deny_end(command, v ? rules_get(&v->value, "MESSAGE") : 0);
}

/* Sets the rule's variables for the next stage. */
static void
ipcheck_set(const struct iprules_verdict *v)
{
	const char *s = 0;
	char name[RULES_KEY_MAX];
	size_t n;

	while ((s = rules_each(&v->value, s))) {
		n = strcspn(s, "=");
		if (*s == '.')
			continue;
		if (n >= sizeof name || !s[n] || iprules_settable(s, n) <= 0)
			log_die(111, "line ", v->line,
			    " sets a variable that no rule may set", (char *)0);
		memcpy(name, s, n);
		name[n] = 0;
		if (setenv(name, s + n + 1, 1) < 0)
			log_diesys(111, "cannot set ", name, (char *)0);
	}
}

/* The client's name: the one that the environment has, or with SECONDS
 * (else 0) the one that is looked up, which then is TCPREMOTEHOST or nothing
 * is. Null: none. *R tells how the lookup went. */
static const char *
ipcheck_host(const struct ip *ip, unsigned int seconds, enum resolve_result *r)
{
	char host[HOSTNAME_SIZE];
	tain deadline;

	*r = RESOLVE_NONE;
	if (!seconds)
		return getenv("TCPREMOTEHOST");
	unsetenv("TCPREMOTEHOST");
	deadline_in(&deadline, seconds);
	*r = remotehost_find(host, ip, &deadline);
	if (*r == RESOLVE_FOUND && setenv("TCPREMOTEHOST", host, 1) < 0)
		log_diesys(111, "no memory", (char *)0);
	return getenv("TCPREMOTEHOST");
}

/* Dies where the name, which could not be looked up, might have changed the
 * verdict V (null: no rule fits). */
static void
ipcheck_unknown(struct rules *r, const struct iprules_verdict *v)
{
	int other;

	if (v && v->exact)
		return;
	other = iprules_hosts(r, !v || !v->allow);
	if (other < 0)
		log_diesys(111, "cannot look up in the rules", (char *)0);
	if (other)
		log_die(111, "cannot look up the name of ",
		    getenv("TCPREMOTEIP"), ", which might change the verdict",
		    (char *)0);
}

/* Decides about the client. 0 it may go on, the variables are set; 1 it may
 * not. */
static int
ipcheck_client(const struct ipcheck *o, const char *file)
{
	struct rules *r;
	struct iprules_verdict v;
	enum resolve_result named;
	const char *host;
	struct ip ip;
	int found;

	client_ip(&ip);
	r = rules_need(file, "ip");
	host = ipcheck_host(&ip, o->seconds, &named);
	found = iprules_find(r, &ip, host, &v);
	if (found < 0)
		log_diesys(111, "cannot look up in ", file, (char *)0);
	if (named == RESOLVE_TEMP)
		ipcheck_unknown(r, found ? &v : 0);
	if (!found || !v.allow)
		return ipcheck_deny(found ? &v : 0, o->command);
	ipcheck_set(&v);
	rules_close(r);
	return 0;
}

int
ipcheck_main(int argc, char **argv)
{
	subgetopt l = SUBGETOPT_ZERO;
	struct ipcheck o = {.seconds = 0};
	int c;

	log_start_conn("ipcheck");
	while ((c = subgetopt_r(
		    argc, (char const *const *)argv, "d:hr:t:", &l)) != -1)
		ipcheck_option(&o, c, l.arg);
	if (argc - l.ind < 1 + !o.tell)
		usage_die(ipcheck_usage);
	if (o.tell)
		return ipcheck_tell(argv[l.ind], o.tell);
	if (ipcheck_client(&o, argv[l.ind]) != 0)
		return 1;
	chain_next(argv + l.ind + 1);
}
