/* SPDX-License-Identifier: ISC */
/* Names and addresses of hosts: the one file that reads <ares.h>.
 *
 * c-ares only sends and waits. Its lookups by name, and its parsers of
 * answers, need getservbyname, which a static program has not got (and the
 * latter let one PTR record that is no host name spoil the others): lib/etc.c
 * reads /etc/hosts, lib/dnsmsg.c the answers. */
#include "resolve.h"

#include <ares.h>
#include <arpa/nameser.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "deadline.h"
#include "dnsmsg.h"
#include "etc.h"

#define RESOLVE_HOSTS "/etc/hosts"

enum {
	RESOLVE_TRY = 1500, /* ms for the first try of a server */
	RESOLVE_TRIES = 3,
	RESOLVE_PTR = 80 /* the longest name of PTR records */
};

/* A function inside c-ares, about names that resolve_ask never gives it. That
 * of the library stands in one object file with ares_getnameinfo, which would
 * draw getservbyport_r into a static program. */
int ares__is_onion_domain(const char *);

int
ares__is_onion_domain(const char *name)
{
	(void)name;
	return 0;
}

/* A query on its way, and where its answer goes. */
struct resolve_query {
	enum resolve_result result;
	int done;
	unsigned char len; /* of the addresses asked for */
	struct resolve_ips *ips;
	struct resolve_names *names; /* or null */
	struct resolve_mxs *mxs;     /* or null */
	struct resolve_txts *txts;   /* or null */
	struct resolve_tlsas *tlsas; /* or null; all are: addresses */
};

/* ares_callback of all queries. */
static void
resolve_got(void *data, int status, int timeouts, unsigned char *s, int n)
{
	struct resolve_query *q = data;

	(void)timeouts;
	q->done = 1;
	if (status != ARES_SUCCESS)
		q->result = RESOLVE_TEMP;
	else if (q->mxs)
		q->result = dnsmsg_mxs(s, n, q->mxs);
	else if (q->txts)
		q->result = dnsmsg_txts(s, n, q->txts);
	else if (q->tlsas)
		q->result = dnsmsg_tlsas(s, n, q->tlsas);
	else
		q->result = q->names ? dnsmsg_names(s, n, q->names)
				     : dnsmsg_ips(s, n, q->len, q->ips);
}

static void
resolve_ask(ares_channel c, const char *name, int type, struct resolve_query *q)
{
	unsigned char message[DNSMSG_QUERY];
	int n = dnsmsg_query(message, name, type);

	if (n)
		ares_send(c, message, n, resolve_got, q);
	else
		resolve_got(q, ARES_ENOMEM, 0, 0, 0);
}

/* A channel to the servers. 1, or 0 if it cannot be made. */
static int
resolve_open(ares_channel *channel)
{
	char lookups[] = "b"; /* only to keep c-ares from nsswitch.conf */
	struct ares_options o = {.timeout = RESOLVE_TRY,
	    .tries = RESOLVE_TRIES,
	    .ndomains = 0,
	    .lookups = lookups};
	const char *servers = getenv("DNSCACHEIP");

	if (ares_init_options(channel, &o,
		ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_DOMAINS |
		    ARES_OPT_LOOKUPS) != ARES_SUCCESS)
		return 0;
	if (!servers)
		return 1;
	if (*servers &&
	    ares_set_servers_ports_csv(*channel, servers) == ARES_SUCCESS)
		return 1;
	ares_destroy(*channel);
	return 0;
}

/* Waits for something to read or write or to time out, and has c-ares look at
 * it. 1; 0 the deadline has passed, or nothing can come. */
static int
resolve_step(ares_channel channel, const tain *deadline)
{
	ares_socket_t s[ARES_GETSOCK_MAXNUM];
	struct pollfd p[ARES_GETSOCK_MAXNUM];
	unsigned int bits = (unsigned int)ares_getsock(
	    channel, s, ARES_GETSOCK_MAXNUM); /* see ARES_GETSOCK_WRITABLE */
	struct timeval tv = {0, 0};
	int i, ms, left = deadline_left(deadline);

	if (!left || !ares_timeout(channel, 0, &tv))
		return 0;
	ms = (int)(tv.tv_sec * 1000 + tv.tv_usec / 1000 + 1);
	for (i = 0; i < ARES_GETSOCK_MAXNUM; i++) {
		p[i].fd = -1;
		p[i].events = p[i].revents = 0;
		if (bits >> i & 1)
			p[i].events |= POLLIN;
		if (bits >> i >> ARES_GETSOCK_MAXNUM & 1)
			p[i].events |= POLLOUT;
		if (p[i].events)
			p[i].fd = s[i];
	}
	if (poll(p, ARES_GETSOCK_MAXNUM, ms < left ? ms : left) < 0)
		return errno == EINTR;
	for (i = 0; i < ARES_GETSOCK_MAXNUM; i++)
		if (p[i].revents)
			ares_process_fd(channel, p[i].fd,
			    p[i].events & POLLOUT ? p[i].fd : ARES_SOCKET_BAD);
	ares_process_fd(channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	return 1;
}

/* Asks for the records of TYPE of NAME, and waits. */
static enum resolve_result
resolve_one(
    const char *name, int type, struct resolve_query *q, const tain *deadline)
{
	ares_channel channel;

	if (!resolve_open(&channel))
		return RESOLVE_TEMP;
	resolve_ask(channel, name, type, q);
	while (!q->done && resolve_step(channel, deadline))
		;
	ares_destroy(channel); /* ends what is on its way: RESOLVE_TEMP */
	return q->result;
}

int
resolve_servers(void)
{
	ares_channel channel;

	if (!resolve_open(&channel))
		return 0;
	ares_destroy(channel);
	return 1;
}

enum resolve_result
resolve_ips(const char *text, unsigned int family, struct resolve_ips *a,
    const tain *deadline)
{
	struct resolve_query q4 = {.len = 4, .ips = a};
	struct resolve_query q6 = {.len = 16, .ips = a};
	char name[HOSTNAME_SIZE];
	ares_channel channel;
	int r;

	a->n = 0;
	if (!hostname_clean(name, text))
		return RESOLVE_NONE;
	if ((r = etc_ips(RESOLVE_HOSTS, name, family, a)) != 0)
		return r < 0 ? RESOLVE_TEMP : RESOLVE_FOUND;
	if (!resolve_open(&channel))
		return RESOLVE_TEMP;
	if ((q4.done = family == 16) == 0)
		resolve_ask(channel, name, ns_t_a, &q4);
	if ((q6.done = family == 4) == 0)
		resolve_ask(channel, name, ns_t_aaaa, &q6);
	while (!(q4.done && q6.done) && resolve_step(channel, deadline))
		;
	ares_destroy(channel); /* ends what is on its way: RESOLVE_TEMP */
	if (q4.result == RESOLVE_TEMP || q6.result == RESOLVE_TEMP)
		return RESOLVE_TEMP;
	return a->n > 0 ? RESOLVE_FOUND : RESOLVE_NONE;
}

/* The name whose PTR records are the names of IP. */
static void
resolve_reverse(char *s, const struct ip *ip)
{
	int i;

	for (i = ip->len - 1; i >= 0; i--)
		if (ip->len == 4)
			s += sprintf(s, "%u.", ip->b[i]);
		else
			s += sprintf(s, "%x.%x.", ip->b[i] & 15, ip->b[i] >> 4);
	strcpy(s, ip->len == 4 ? "in-addr.arpa" : "ip6.arpa");
}

enum resolve_result
resolve_names(
    const struct ip *ip, struct resolve_names *names, const tain *deadline)
{
	struct resolve_query q = {.names = names};
	char reverse[RESOLVE_PTR];
	int r;

	names->n = 0;
	if ((r = etc_names(RESOLVE_HOSTS, ip, names)) != 0)
		return r < 0 ? RESOLVE_TEMP : RESOLVE_FOUND;
	resolve_reverse(reverse, ip);
	return resolve_one(reverse, ns_t_ptr, &q, deadline);
}

enum resolve_result
resolve_mxs(const char *text, struct resolve_mxs *m, const tain *deadline)
{
	struct resolve_query q = {.mxs = m};
	char name[HOSTNAME_SIZE];

	m->n = 0;
	if (!hostname_clean(name, text))
		return RESOLVE_NONE;
	return resolve_one(name, ns_t_mx, &q, deadline);
}

enum resolve_result
resolve_txts(const char *text, struct resolve_txts *t, const tain *deadline)
{
	struct resolve_query q = {.txts = t};
	char name[HOSTNAME_SIZE];

	t->n = 0;
	if (!hostname_clean(name, text))
		return RESOLVE_NONE;
	return resolve_one(name, ns_t_txt, &q, deadline);
}

enum resolve_result
resolve_tlsas(const char *text, unsigned int port, struct resolve_tlsas *t,
    const tain *deadline)
{
	struct resolve_query q = {.tlsas = t};
	char host[HOSTNAME_SIZE], name[HOSTNAME_SIZE];
	int n;

	t->n = 0;
	if (!hostname_clean(host, text))
		return RESOLVE_NONE;
	n = snprintf(name, sizeof name, "_%u._tcp.%s", port, host);
	if (n < 0 || (size_t)n >= sizeof name)
		return RESOLVE_TEMP;
	return resolve_one(name, DNSMSG_TLSA, &q, deadline);
}
