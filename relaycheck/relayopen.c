/* SPDX-License-Identifier: ISC */
/* relayopen: a client that has logged in may relay for a while. */
#include <errno.h>
#include <skalibs/sgetopt.h>
#include <stdlib.h>
#include <string.h>

#include "auth/auth.h"
#include "chain.h"
#include "log.h"
#include "relaystate.h"
#include "ucspi.h"
#include "ucspitls.h"
#include "usage.h"

int relayopen_main(int, char **);

static const char relayopen_usage[] =
    "usage: relayopen [-c] [-g groups.cdb] dir [next...]\n"
    "Notes in dir that the client, who has logged in, may relay for a while\n"
    "(how long, a relay rule popauth says), then runs next.\n"
    "  -c             even if the login was not inside TLS\n"
    "  -g groups.cdb  only for users with the right to smtp (MAILGROUPS)\n";

struct relayopen {
	int clear;
	const char *groups; /* file, or null */
	const char *address;
	struct ip ip;
};

/* 1 if the user may send mail from here; 0 no, or it cannot be told. */
static int
relayopen_right(const struct relayopen *o)
{
	const char *groups = getenv("MAILGROUPS");
	struct rules *g;
	int r;

	if (!o->groups)
		return 1;
	if (!groups || !(g = rules_open(o->groups, "groups"))) {
		log_event("error", "reason",
		    groups ? "cannot read the groups" : "MAILGROUPS is not set",
		    "file", o->groups, (char *)0);
		return 0;
	}
	r = rights_granted(g, groups, "smtp", &o->ip);
	rules_close(g);
	return r == 1;
}

/* Whatever fails here, the login is as good as before; it only opens nothing.
 * 0, or 111. */
static int
relayopen_note(struct relayopen *o, const char *dir)
{
	int r = ucspi_env();

	o->address = getenv("TCPREMOTEIP");
	if (r != 1 || !o->address || !ip_scan(o->address, &o->ip)) {
		log_event("error", "reason", "cannot tell who the client is",
		    (char *)0);
		return 111;
	}
	if ((!o->clear && !ucspitls_active()) || !relayopen_right(o))
		return 0;
	if (relaystate_record(dir, &o->ip) < 0) {
		log_event("error", "reason", "cannot note the login", "dir",
		    dir, "error", strerror(errno), (char *)0);
		return 111;
	}
	log_event(
	    "login-noted", "ip", o->address, "user", getenv("USER"), (char *)0);
	return 0;
}

int
relayopen_main(int argc, char **argv)
{
	struct relayopen o = {.clear = 0};
	subgetopt l = SUBGETOPT_ZERO;
	int opt, r;

	log_start("relayopen");
	while ((opt = subgetopt_r(
		    argc, (char const *const *)argv, "cg:h", &l)) != -1)
		switch (opt) {
		case 'c':
			o.clear = 1;
			break;
		case 'g':
			o.groups = l.arg;
			break;
		case 'h':
			usage_help(relayopen_usage);
		default:
			usage_die(relayopen_usage);
		}
	argv += l.ind;
	if (!*argv)
		usage_die(relayopen_usage);
	r = relayopen_note(&o, *argv);
	if (!argv[1])
		return r;
	chain_next(argv + 1);
}
