/* SPDX-License-Identifier: ISC */
/* The options of relaycheck, and the rules that they name. */
#include <errno.h>
#include <fcntl.h>
#include <skalibs/sgetopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "log.h"
#include "relaycheck/ask.h"
#include "usage.h"

enum { ASK_PATH_MAX = 4096 };

static const char relaycheck_usage[] =
    "usage: relaycheck [-Lv] [-c cdbdir] [-o dir] [-q dir]\n"
    "Answers Postfix policy requests on standard input: may this client send\n"
    "to that recipient?\n"
    "  -c cdbdir  the folder of domains.cdb, mailboxes.cdb, aliases.cdb,\n"
    "             groups.cdb and relay.cdb (the current one)\n"
    "  -o dir     where relayopen notes who has logged in\n"
    "  -q dir     where queued notes which mailboxes are full\n"
    "  -v         log each rule that is asked\n"
    "  -L         local only: nothing can go on to another server\n";

/* DIR/TYPE.cdb, or null if there is none. */
static struct rules *
relaycheck_optional(const char *dir, const char *type)
{
	char path[ASK_PATH_MAX];
	int n = snprintf(path, sizeof path, "%s/%s.cdb", dir, type);
	struct rules *r;

	if (n < 0 || (size_t)n >= sizeof path)
		log_die(100, "option -c: the path is too long", (char *)0);
	if (!(r = rules_open(path, type)) && errno != ENOENT)
		log_diesys(111, "cannot read ", path, (char *)0);
	return r;
}

/* Opens the rules in folder DIR. */
static void
relaycheck_rules(struct relaycheck *r, const char *dir)
{
	if (local_open(&r->local, dir) < 0)
		log_diesys(111,
		    "cannot read domains.cdb, mailboxes.cdb or aliases.cdb in ",
		    dir, (char *)0);
	r->relay = relaycheck_optional(dir, "relay");
	r->groups = relaycheck_optional(dir, "groups");
}

/* Opens what DIR holds of logins, where a rule asks for it. */
static void
relaycheck_logins(struct relaycheck *r, const char *dir)
{
	struct rules_value v;

	r->state.fd = -1;
	r->recorded = dir != 0;
	if (!dir || !r->relay || rules_find(r->relay, "popauth", 7, &v) <= 0)
		return;
	if (relaystate_open(&r->state, dir) < 0)
		log_diesys(
		    errno == EPERM ? 100 : 111, "option -o: ", dir, (char *)0);
}

/* Opens the folder of full mailboxes, which queued may not have. */
static void
relaycheck_full(struct relaycheck *r, const char *dir)
{
	r->full = -1;
	if (!dir)
		return;
	r->full = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (r->full < 0 && errno != ENOENT)
		log_diesys(111, "option -q: ", dir, (char *)0);
}

struct relaycheck *
relaycheck_open(int argc, char *const *argv)
{
	struct relaycheck *r = malloc(sizeof *r);
	subgetopt l = SUBGETOPT_ZERO;
	const char *dir = ".", *logins = 0, *full = 0;
	int opt;

	if (!r)
		log_diesys(111, "cannot start", (char *)0);
	r->local_only = r->verbose = 0;
	while ((opt = subgetopt_r(
		    argc, (char const *const *)argv, "hc:o:q:Lv", &l)) != -1)
		switch (opt) {
		case 'h':
			usage_help(relaycheck_usage);
		case 'c':
			dir = l.arg;
			break;
		case 'o':
			logins = l.arg;
			break;
		case 'q':
			full = l.arg;
			break;
		case 'v':
			r->verbose = 1;
			break;
		case 'L':
			r->local_only = 1;
			break;
		default:
			usage_die(relaycheck_usage);
		}
	if (l.ind != argc)
		usage_die(relaycheck_usage);
	relaycheck_rules(r, dir);
	relaycheck_logins(r, logins);
	relaycheck_full(r, full);
	return r;
}

void
relaycheck_close(struct relaycheck *r)
{
	local_close(&r->local);
	rules_close(r->relay);
	rules_close(r->groups);
	relaystate_close(&r->state);
	if (r->full >= 0)
		close(r->full);
	free(r);
}
