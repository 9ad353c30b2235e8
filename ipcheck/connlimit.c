/* SPDX-License-Identifier: ISC */
/* connlimit: how many connections a client's network may have at a time, and
 * how many it may make. */
#include <limits.h>
#include <skalibs/sgetopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chain.h"
#include "client.h"
#include "deny.h"
#include "limit.h"
#include "log.h"
#include "loginfail.h"
#include "rate.h"
#include "slot.h"
#include "tally.h"
#include "usage.h"

int connlimit_main(int, char **);

enum { CONNLIMIT_CONNECTION = 'c' }; /* what keys of rates begin with */

static const char connlimit_usage[] =
    "usage: connlimit [-c max] [-C max] [-r rate] [-R rate] [-f rate] "
    "[-F rate] [-d command] statedir next...\n"
    "Runs next for clients whose network stays within its limits.\n"
    "  -c max   connections at a time of an IPv4 address or IPv6 /64\n"
    "  -C max   the same of an IPv4 /24 or IPv6 /48\n"
    "  -r rate  new connections, N/SECONDS, of an IPv4 address or IPv6 /64\n"
    "  -R rate  the same of an IPv4 /24 or IPv6 /48\n"
    "  -f rate  failed logins of an IPv4 address or IPv6 /64\n"
    "  -F rate  the same of an IPv4 /24 or IPv6 /48\n"
    "  -d command  run this for others, as 'refuse -l smtp'\n"
    "A limit is none where it is not given or given as none. CONNMAX,\n"
    "CONNMAXWIDE, CONNRATE, CONNRATEWIDE, CONNFAIL and CONNFAILWIDE in the\n"
    "environment override.\n";

/* The limits: every second one is of the wide prefix. */
enum {
	CONNLIMIT_MAX,
	CONNLIMIT_MAXWIDE,
	CONNLIMIT_RATE,
	CONNLIMIT_RATEWIDE,
	CONNLIMIT_FAIL,
	CONNLIMIT_FAILWIDE,
	CONNLIMIT_KINDS
};

static const struct {
	char option;
	const char *env, *name;
} kinds[CONNLIMIT_KINDS] = {{'c', "CONNMAX", "max"},
    {'C', "CONNMAXWIDE", "maxwide"}, {'r', "CONNRATE", "rate"},
    {'R', "CONNRATEWIDE", "ratewide"}, {'f', "CONNFAIL", "fail"},
    {'F', "CONNFAILWIDE", "failwide"}};

struct connlimit {
	struct ip ip;
	struct limit limit[CONNLIMIT_KINDS];
	const char *command; /* for who may not go on, or null */
	int fails; /* 1: a limit of failed logins is given, be it none */
};

static int
connlimit_wide(int kind)
{
	return kind % 2;
}

/* Sets the limit of KIND to TEXT, if that is given by WHAT. */
static void
connlimit_set(struct connlimit *c, int kind, const char *what, const char *text)
{
	int rate = kind >= CONNLIMIT_RATE;

	if (!text)
		return;
	if (!limit_scan(text, rate, &c->limit[kind]))
		log_die(100, what, ": '", text,
		    rate ? "' is no rate like 30/60, nor none"
			 : "' is no number to 1000, nor none",
		    (char *)0);
	if (kind >= CONNLIMIT_FAIL)
		c->fails = 1;
}

static void
connlimit_option(struct connlimit *c, int option, const char *text)
{
	char what[] = "option -?";
	int kind = 0;

	while (kinds[kind].option != option)
		kind++;
	what[sizeof what - 2] = (char)option;
	connlimit_set(c, kind, what, text);
}

static void
connlimit_environment(struct connlimit *c)
{
	int kind;

	for (kind = 0; kind < CONNLIMIT_KINDS; kind++)
		connlimit_set(
		    c, kind, kinds[kind].env, getenv(kinds[kind].env));
}

/* The limit of failed logins that has been reached; -1 none. */
static int
connlimit_fails(const struct connlimit *c, const struct tally *s)
{
	int kind;

	for (kind = CONNLIMIT_FAIL; kind <= CONNLIMIT_FAILWIDE; kind++)
		if (!c->limit[kind].none &&
		    loginfail_used(s, &c->ip, connlimit_wide(kind),
			&c->limit[kind]) >= c->limit[kind].n)
			return kind;
	return -1;
}

/* The rate that this connection would exceed; -1 none, and it is counted. */
static int
connlimit_rates(const struct connlimit *c, const struct tally *s)
{
	char key[1 + IP_KEY] = {CONNLIMIT_CONNECTION};
	size_t n;
	int kind;

	for (kind = CONNLIMIT_RATE; kind <= CONNLIMIT_RATEWIDE; kind++) {
		n = ip_key(
		    key + 1, &c->ip, limit_plen(&c->ip, connlimit_wide(kind)));
		if (!c->limit[kind].none &&
		    !rate_take(s, key, 1 + n, &c->limit[kind]))
			return kind;
	}
	return -1;
}

/* The number of connections that this one would exceed; -1 none, and it holds
 * its slots to its end. */
static int
connlimit_slots(const struct connlimit *c, const struct tally *s)
{
	struct slot slot;
	int kind;

	if (c->limit[CONNLIMIT_MAX].none && c->limit[CONNLIMIT_MAXWIDE].none)
		return -1;
	slot_open(&slot, s, &c->ip, limit_plen(&c->ip, 1));
	for (kind = CONNLIMIT_MAX; kind <= CONNLIMIT_MAXWIDE; kind++)
		if (!c->limit[kind].none &&
		    !slot_take(&slot, s, &c->ip,
			limit_plen(&c->ip, connlimit_wide(kind)),
			c->limit[kind].n)) {
			slot_leave(&slot);
			return kind;
		}
	slot_keep(&slot);
	return -1;
}

/* Counts the connection: -1, or the kind of limit it would exceed. Those that
 * are answered at once come first. */
static int
connlimit_count(const struct connlimit *c, const char *dir)
{
	struct tally s;
	int over;

	tally_open(&s, dir);
	over = connlimit_fails(c, &s);
	if (over < 0)
		over = connlimit_rates(c, &s);
	if (over < 0)
		over = connlimit_slots(c, &s);
	tally_close(&s);
	return over;
}

/* Tells the process that has passwords checked where to count failures, and
 * the limits. */
static void
connlimit_tell(const struct connlimit *c, const char *dir)
{
	char path[PATH_MAX], text[LIMIT_FMT];
	size_t n = 0;
	int kind;

	if (*dir != '/') {
		if (!getcwd(path, sizeof path - 1))
			log_diesys(111, "cannot name the folder", (char *)0);
		n = strlen(path);
		path[n++] = '/';
	}
	if (strlen(dir) >= sizeof path - n)
		log_die(100, "too long: ", dir, (char *)0);
	strcpy(path + n, dir);
	if (setenv("LOGINFAILDIR", path, 1) < 0)
		log_diesys(111, "no memory", (char *)0);
	for (kind = CONNLIMIT_FAIL; kind <= CONNLIMIT_FAILWIDE; kind++)
		if (setenv(kinds[kind].env, limit_fmt(text, &c->limit[kind]),
			1) < 0)
			log_diesys(111, "no memory", (char *)0);
}

/* Ends the connection. */
static int
connlimit_refuse(const struct connlimit *c, int kind)
{
	char prefix[LIMIT_PREFIX], count[LIMIT_FMT];
	const char *text;

	log_event("limit", "ip", getenv("TCPREMOTEIP"), "prefix",
	    limit_prefix(prefix, &c->ip, connlimit_wide(kind)), "count",
	    limit_fmt(count, &c->limit[kind]), "kind", kinds[kind].name,
	    (char *)0);
	if (!(text = getenv("MESSAGE")) || !*text)
		text = kind < CONNLIMIT_FAIL
		    ? "too many connections from your network"
		    : "too many wrong passwords from your network";
	return deny_end(c->command, text);
}

int
connlimit_main(int argc, char **argv)
{
	subgetopt l = SUBGETOPT_ZERO;
	struct connlimit c = {.fails = 0};
	int opt, kind;

	log_start_conn("connlimit");
	for (kind = 0; kind < CONNLIMIT_KINDS; kind++)
		c.limit[kind].none = 1;
	while ((opt = subgetopt_r(argc, (char const *const *)argv,
		    "hc:C:r:R:f:F:d:", &l)) != -1) {
		if (opt == 'h')
			usage_help(connlimit_usage);
		if (opt == '?')
			usage_die(connlimit_usage);
		if (opt == 'd')
			c.command = l.arg;
		else
			connlimit_option(&c, opt, l.arg);
	}
	if (argc - l.ind < 2)
		usage_die(connlimit_usage);
	connlimit_environment(&c);
	client_ip(&c.ip);
	kind = connlimit_count(&c, argv[l.ind]);
	if (kind >= 0)
		return connlimit_refuse(&c, kind);
	if (c.fails)
		connlimit_tell(&c, argv[l.ind]);
	chain_next(argv + l.ind + 1);
}
