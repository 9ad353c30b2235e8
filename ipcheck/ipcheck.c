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
#include "deny.h"
#include "iprules.h"
#include "log.h"
#include "usage.h"

int ipcheck_main(int, char **);

static const char ipcheck_usage[] =
    "usage: ipcheck [-t ip[=host]] [-d command] rules.cdb next...\n"
    "Runs next for clients that the compiled ip rules allow.\n"
    "  -d command    run this for those that a rule with a MESSAGE denies, as\n"
    "                'refuse smtp'; all others hear nothing\n"
    "  -t ip[=host]  tell what the rules say of this address instead, as\n"
    "                cdbrules explain does; exit 0 allow, 1 deny\n";

static struct rules *
ipcheck_rules(const char *file)
{
	struct rules *r = rules_open(file, "ip");

	if (!r && errno == EPROTO)
		log_die(
		    111, file, ": damaged, or no compiled ip rules", (char *)0);
	if (!r)
		log_diesys(111, "cannot open ", file, (char *)0);
	return r;
}

/* -t: says what the rules decide about WHAT. */
static int
ipcheck_tell(const char *file, const char *what)
{
	int allow = explain_ip(ipcheck_rules(file), what);

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

int
ipcheck_main(int argc, char **argv)
{
	subgetopt l = SUBGETOPT_ZERO;
	struct iprules_verdict v;
	struct rules *r;
	struct ip ip;
	const char *tell = 0, *command = 0;
	int opt, found;

	log_start_conn("ipcheck");
	while ((opt = subgetopt_r(
		    argc, (char const *const *)argv, "d:ht:", &l)) != -1) {
		if (opt == 'h')
			usage_help(ipcheck_usage);
		else if (opt == 'd')
			command = l.arg;
		else if (opt == 't')
			tell = l.arg;
		else
			usage_die(ipcheck_usage);
	}
	if (argc - l.ind < 1 + !tell)
		usage_die(ipcheck_usage);
	if (tell)
		return ipcheck_tell(argv[l.ind], tell);
	client_ip(&ip);
	r = ipcheck_rules(argv[l.ind]);
	found = iprules_find(r, &ip, getenv("TCPREMOTEHOST"), &v);
	if (found < 0)
		log_diesys(111, "cannot look up in ", argv[l.ind], (char *)0);
	if (!found || !v.allow)
		return ipcheck_deny(found ? &v : 0, command);
	ipcheck_set(&v);
	rules_close(r);
	chain_next(argv + l.ind + 1);
}
