/* SPDX-License-Identifier: ISC */
/* proxyhdr: takes the PROXY protocol's header off a connection that a trusted
 * proxy makes, and says who the real client is. */
#include <errno.h>
#include <skalibs/sgetopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "chain.h"
#include "deadline.h"
#include "iplist.h"
#include "log.h"
#include "proxyhead.h"
#include "ucspi.h"
#include "usage.h"

int proxyhdr_main(int, char **);

enum { PROXYHDR_SECONDS = 5, PROXYHDR_LEAST = 3, PROXYHDR_MOST = 600 };

static const char proxyhdr_usage[] =
    "usage: proxyhdr [-t seconds] -f proxies next...\n"
    "Runs next for the client that the PROXY protocol's header names.\n"
    "  -f proxies    list of addresses that may connect: each must send a\n"
    "                header, all others are refused\n"
    "  -t seconds    for the whole header (5, at least 3)\n";

/* Ends the connection. */
static void __attribute__((noreturn))
proxyhdr_deny(const char *via, const char *reason)
{
	log_event("deny", "ip", via, "reason", reason, (char *)0);
	exit(1);
}

/* Who is connected, as text into VIA: that is asked of the socket, and of the
 * environment only if there is no TCP socket. */
static void
proxyhdr_via(char *via, struct ip *ip)
{
	int known = ucspi_env_socket(0);
	const char *s;

	if (known < 0 &&
	    (errno == ENOTSOCK || errno == EAFNOSUPPORT || errno == EOPNOTSUPP))
		known = ucspi_env();
	if (known < 0)
		log_diesys(111, "cannot tell who is connected", (char *)0);
	s = getenv("TCPREMOTEIP");
	if (!known || !s || !ip_scan(s, ip))
		log_die(111,
		    "cannot tell who is connected: no TCPREMOTEIP, "
		    "and standard input is no TCP connection",
		    (char *)0);
	ip_fmt(via, ip);
}

/* Reads (or with MSG_PEEK in FLAGS only looks at) up to N bytes. What is no
 * socket cannot be looked at: LEAST bytes are read. */
static ssize_t
proxyhdr_look(
    unsigned char *p, size_t n, size_t least, const tain *deadline, int *taken)
{
	ssize_t r;
	int ready = 1;

	*taken = 0;
	while ((r = recv(0, p, n, MSG_PEEK | MSG_DONTWAIT)) < 0 &&
	    (errno == EAGAIN || errno == EINTR) && ready > 0)
		ready = deadline_wait(0, POLLIN, deadline);
	if (r < 0 && errno == ENOTSOCK) {
		*taken = 1;
		if ((ready = deadline_wait(0, POLLIN, deadline)) > 0)
			r = read(0, p, least);
	}
	if (!ready)
		errno = ETIMEDOUT;
	return r;
}

/* Takes N bytes that have been looked at. */
static void
proxyhdr_take(unsigned char *p, size_t n)
{
	if (recv(0, p, n, 0) != (ssize_t)n)
		log_diesys(111, "cannot read the header", (char *)0);
}

/* Reads the whole header and no byte beyond it. */
static void
proxyhdr_read(struct proxyhead *h, const char *via, unsigned int seconds)
{
	unsigned char buf[PROXYHEAD_MAX];
	size_t have = 0, all;
	int whole = proxyhead_scan(h, buf, 0), taken;
	tain deadline;
	ssize_t r;

	deadline_in(&deadline, seconds);
	for (; !whole; have = all) {
		r = proxyhdr_look(buf + have, sizeof buf - have, h->len - have,
		    &deadline, &taken);
		if (r < 0 && errno == ETIMEDOUT)
			proxyhdr_deny(via, "no whole header in time");
		if (r == 0 || (r < 0 && errno == ECONNRESET))
			proxyhdr_deny(via, "closed before a whole header");
		if (r < 0)
			log_diesys(111, "cannot read the header", (char *)0);
		all = have + (size_t)r;
		if ((whole = proxyhead_scan(h, buf, all)) < 0)
			proxyhdr_deny(via, h->bad);
		if (!taken)
			proxyhdr_take(
			    buf + have, (whole ? h->len : all) - have);
	}
}

/* 1 if what has come behind the header is one more. */
static int
proxyhdr_second(void)
{
	unsigned char p[PROXYHEAD_BEGIN];
	ssize_t r = recv(0, p, sizeof p, MSG_PEEK | MSG_DONTWAIT);

	return r > 0 && proxyhead_begins(p, (size_t)r);
}

static void
proxyhdr_end(const char *var_ip, const struct ip *ip, const char *var_port,
    uint16_t port)
{
	char text[IP_FMT], number[LOG_NUM];

	if (setenv(var_ip, ip_fmt(text, ip), 1) < 0 ||
	    setenv(var_port, log_u64(number, port), 1) < 0)
		log_diesys(111, "cannot set ", var_ip, (char *)0);
}

/* Says to the next stage, and to the log, who the client is. */
static void
proxyhdr_set(const struct proxyhead *h, const char *via)
{
	unsetenv("TCPREMOTEHOST");
	unsetenv("TCPREMOTEINFO");
	unsetenv("TCPLOCALHOST");
	if (h->named) {
		proxyhdr_end(
		    "TCPREMOTEIP", &h->remote, "TCPREMOTEPORT", h->remote_port);
		proxyhdr_end(
		    "TCPLOCALIP", &h->local, "TCPLOCALPORT", h->local_port);
	}
	log_event("proxy", "ip", getenv("TCPREMOTEIP"), "via", via, "note",
	    h->named ? 0 : "the header names no client", (char *)0);
}

int
proxyhdr_main(int argc, char **argv)
{
	subgetopt l = SUBGETOPT_ZERO;
	unsigned int seconds = PROXYHDR_SECONDS;
	const char *proxies = 0, *bad;
	char via[IP_FMT];
	struct proxyhead h;
	struct ip ip;
	int opt;

	log_start_conn("proxyhdr");
	while ((opt = subgetopt_r(
		    argc, (char const *const *)argv, "f:ht:", &l)) != -1) {
		if (opt == 'h')
			usage_help(proxyhdr_usage);
		else if (opt == 'f')
			proxies = l.arg;
		else if (opt == 't')
			seconds = (unsigned int)usage_number(
			    "option -t", l.arg, PROXYHDR_LEAST, PROXYHDR_MOST);
		else
			usage_die(proxyhdr_usage);
	}
	if (!proxies || argc - l.ind < 1)
		usage_die(proxyhdr_usage);
	if (!iplist_check(proxies, &bad))
		log_die(100, "option -f: no list of addresses at: ", bad,
		    (char *)0);
	proxyhdr_via(via, &ip);
	if (iplist_match(proxies, &ip) != 1)
		proxyhdr_deny(via, "not one of the proxies");
	proxyhdr_read(&h, via, seconds);
	if (proxyhdr_second())
		proxyhdr_deny(via, "a second header");
	proxyhdr_set(&h, via);
	chain_next(argv + l.ind);
}
