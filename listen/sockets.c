/* SPDX-License-Identifier: ISC */
/* All sockets that a listener listens on, and where they come from. */
#include "sockets.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "deadline.h"
#include "etc.h"
#include "log.h"
#include "resolve.h"
#include "socket.h"
#include "usage.h"

enum {
	SOCKETS_LOOKUP = 20, /* seconds for a name */
	SOCKETS_SYSTEMD = 3  /* the first descriptor of LISTEN_FDS */
};

struct sockets_ips {
	size_t n;
	struct ip ip[SOCKETS_MAX];
};

/* Takes the next item off *LIST, which becomes null after the last one. 1, or
 * 0 if there is none. */
static int
sockets_item(const char *what, const char **list, char *item)
{
	size_t n;

	if (!*list)
		return 0;
	n = strcspn(*list, ",");
	if (n == 0 || n >= HOSTNAME_SIZE)
		log_die(100, what, ": '", *list, "' is no list", (char *)0);
	memcpy(item, *list, n);
	item[n] = 0;
	*list = (*list)[n] ? *list + n + 1 : 0;
	return 1;
}

static void
sockets_add(struct sockets *s, int fd)
{
	if (s->n == SOCKETS_MAX)
		log_die(100, "too many sockets", (char *)0);
	s->fd[s->n++] = fd;
}

/* An address that two names have is listened on once. */
static void
sockets_add_ip(struct sockets_ips *a, const struct ip *ip)
{
	size_t i;

	for (i = 0; i < a->n; i++)
		if (ip_match(&a->ip[i], ip, 8u * ip->len))
			return;
	if (a->n == SOCKETS_MAX)
		log_die(100, "too many addresses", (char *)0);
	a->ip[a->n++] = *ip;
}

static void
sockets_name(struct sockets_ips *a, const char *name)
{
	struct resolve_ips found;
	tain deadline;
	size_t i;

	deadline_in(&deadline, SOCKETS_LOOKUP);
	switch (resolve_ips(name, 0, &found, &deadline)) {
	case RESOLVE_FOUND:
		break;
	case RESOLVE_NONE:
		log_die(100, "there is no address '", name, "'", (char *)0);
	default:
		log_die(111, "cannot look up '", name, "' now", (char *)0);
	}
	for (i = 0; i < found.n; i++)
		sockets_add_ip(a, &found.ip[i]);
}

static uint16_t
sockets_port(const char *s)
{
	uint16_t port;

	if (*s >= '0' && *s <= '9')
		return (uint16_t)usage_number("port", s, 1, 65535);
	switch (etc_port("/etc/services", s, &port)) {
	case 0:
		log_die(100, "there is no port '", s, "'", (char *)0);
	case -1:
		log_diesys(111, "cannot look up port ", s, (char *)0);
	}
	return port;
}

void
sockets_bind(
    struct sockets *s, const char *addresses, const char *ports, int backlog)
{
	struct sockets_ips a = {0};
	char item[HOSTNAME_SIZE];
	struct ip ip;
	size_t i;
	int v6only = 0; /* IPv4 is asked for by itself */

	while (sockets_item("addresses", &addresses, item)) {
		if (ip_scan(strcmp(item, "0") ? item : "0.0.0.0", &ip))
			sockets_add_ip(&a, &ip);
		else
			sockets_name(&a, item);
	}
	for (i = 0; i < a.n; i++)
		v6only |= a.ip[i].len == 4;
	while (sockets_item("ports", &ports, item))
		for (i = 0; i < a.n; i++)
			sockets_add(s,
			    socket_listen(
				&a.ip[i], sockets_port(item), v6only, backlog));
}

void
sockets_take(struct sockets *s, const char *fds)
{
	char item[HOSTNAME_SIZE];

	while (sockets_item("option -f", &fds, item))
		sockets_add(s,
		    socket_take(
			(int)usage_number("option -f", item, 0, 65535)));
}

void
sockets_systemd(struct sockets *s)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
	char number[LOG_NUM];
	int i, n;

	if (!pid || !fds || strcmp(pid, log_u64(number, (uint64_t)getpid())))
		log_die(
		    100, "option -s: LISTEN_FDS has nothing for us", (char *)0);
	n = (int)usage_number("LISTEN_FDS", fds, 1, SOCKETS_MAX);
	for (i = 0; i < n; i++)
		sockets_add(s, socket_take(SOCKETS_SYSTEMD + i));
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
}

void
sockets_close(struct sockets *s)
{
	while (s->n > 0)
		close(s->fd[--s->n]);
}
