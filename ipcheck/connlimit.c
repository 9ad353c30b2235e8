/* SPDX-License-Identifier: ISC */
/* connlimit: how many connections a client's network may have at a time, and
 * how many it may make. */
#include <skalibs/sgetopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chain.h"
#include "client.h"
#include "limit.h"
#include "log.h"
#include "message.h"
#include "rate.h"
#include "slot.h"
#include "tally.h"
#include "usage.h"

int connlimit_main(int, char **);

static const char connlimit_usage[] =
    "usage: connlimit [-c max] [-C max] [-r rate] [-R rate] statedir next...\n"
    "Runs next for clients whose network stays within its limits.\n"
    "  -c max   connections at a time of an IPv4 address or IPv6 /64\n"
    "  -C max   the same of an IPv4 /24 or IPv6 /48\n"
    "  -r rate  new connections, N/SECONDS, of an IPv4 address or IPv6 /64\n"
    "  -R rate  the same of an IPv4 /24 or IPv6 /48\n"
    "A limit is none where it is not given or given as none. CONNMAX,\n"
    "CONNMAXWIDE, CONNRATE and CONNRATEWIDE in the environment override.\n";

enum {
	CONNLIMIT_MAX,
	CONNLIMIT_MAXWIDE,
	CONNLIMIT_RATE,
	CONNLIMIT_RATEWIDE,
	CONNLIMIT_KINDS
};

struct connlimit {
	struct ip ip;
	struct limit limit[CONNLIMIT_KINDS];
};

static int
connlimit_rate(int kind)
{
	return kind >= CONNLIMIT_RATE;
}

static unsigned int
connlimit_plen(const struct ip *ip, int kind)
{
	if (kind == CONNLIMIT_MAXWIDE || kind == CONNLIMIT_RATEWIDE)
		return ip->len == 4 ? 24 : 48;
	return ip->len == 4 ? 32 : 64;
}

/* Sets the limit of KIND to TEXT, if that is given by WHAT. */
static void
connlimit_set(struct connlimit *c, int kind, const char *what, const char *text)
{
	if (text && !limit_scan(text, connlimit_rate(kind), &c->limit[kind]))
		log_die(100, what, ": '", text,
		    connlimit_rate(kind) ? "' is no rate like 30/60, nor none"
					 : "' is no number to 1000, nor none",
		    (char *)0);
}

static void
connlimit_environment(struct connlimit *c)
{
	connlimit_set(c, CONNLIMIT_MAX, "CONNMAX", getenv("CONNMAX"));
	connlimit_set(
	    c, CONNLIMIT_MAXWIDE, "CONNMAXWIDE", getenv("CONNMAXWIDE"));
	connlimit_set(c, CONNLIMIT_RATE, "CONNRATE", getenv("CONNRATE"));
	connlimit_set(
	    c, CONNLIMIT_RATEWIDE, "CONNRATEWIDE", getenv("CONNRATEWIDE"));
}

/* The rate that this connection would exceed; -1 none, and it is counted. */
static int
connlimit_rates(const struct connlimit *c, const struct tally *s)
{
	int kind;

	for (kind = CONNLIMIT_RATE; kind <= CONNLIMIT_RATEWIDE; kind++)
		if (!c->limit[kind].none &&
		    !rate_take(s, &c->ip, connlimit_plen(&c->ip, kind),
			&c->limit[kind]))
			return kind;
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
	slot_open(&slot, s, &c->ip, connlimit_plen(&c->ip, CONNLIMIT_MAXWIDE));
	for (kind = CONNLIMIT_MAX; kind <= CONNLIMIT_MAXWIDE; kind++)
		if (!c->limit[kind].none &&
		    !slot_take(&slot, s, &c->ip, connlimit_plen(&c->ip, kind),
			c->limit[kind].n)) {
			slot_leave(&slot);
			return kind;
		}
	slot_keep(&slot);
	return -1;
}

/* Counts the connection: -1, or the kind of limit it would exceed. The rates
 * come first, because they are answered at once. */
static int
connlimit_count(const struct connlimit *c, const char *dir)
{
	struct tally s;
	int over;

	tally_open(&s, dir);
	over = connlimit_rates(c, &s);
	if (over < 0)
		over = connlimit_slots(c, &s);
	tally_close(&s);
	return over;
}

/* Ends the connection. */
static int
connlimit_refuse(const struct connlimit *c, int kind)
{
	static const char *const name[] = {
	    "max", "maxwide", "rate", "ratewide"};
	const struct limit *l = &c->limit[kind];
	unsigned int plen = connlimit_plen(&c->ip, kind);
	char fmt[IP_FMT], prefix[IP_FMT + 4], count[2 * LOG_NUM], key[IP_KEY];
	struct ip ip = {.len = c->ip.len};
	size_t n;

	n = ip_key(key, &c->ip, plen);
	memcpy(ip.b, key + 2, n - 2);
	snprintf(prefix, sizeof prefix, "%s/%u", ip_fmt(fmt, &ip), plen);
	snprintf(count, sizeof count, l->seconds ? "%lu/%lu" : "%lu", l->n,
	    l->seconds);
	log_event("limit", "ip", getenv("TCPREMOTEIP"), "prefix", prefix,
	    "count", count, "kind", name[kind], (char *)0);
	message_send(getenv("MESSAGE"));
	return 1;
}

int
connlimit_main(int argc, char **argv)
{
	static const char options[] = "cCrR"; /* in the order of the kinds */
	subgetopt l = SUBGETOPT_ZERO;
	struct connlimit c = {0};
	char what[] = "option -?";
	int opt, kind;

	log_start_conn("connlimit");
	for (kind = 0; kind < CONNLIMIT_KINDS; kind++)
		c.limit[kind].none = 1;
	while ((opt = subgetopt_r(
		    argc, (char const *const *)argv, "hc:C:r:R:", &l)) != -1) {
		if (opt == 'h')
			usage_help(connlimit_usage);
		if (opt == '?')
			usage_die(connlimit_usage);
		what[sizeof what - 2] = (char)opt;
		connlimit_set(
		    &c, (int)(strchr(options, opt) - options), what, l.arg);
	}
	if (argc - l.ind < 2)
		usage_die(connlimit_usage);
	connlimit_environment(&c);
	client_ip(&c.ip);
	kind = connlimit_count(&c, argv[l.ind]);
	if (kind >= 0)
		return connlimit_refuse(&c, kind);
	chain_next(argv + l.ind + 1);
}
