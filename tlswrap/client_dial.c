/* SPDX-License-Identifier: ISC */
/* Connections to the first of several addresses that answers. */
#include "client_dial.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <skalibs/iopause.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "deadline.h"
#include "ipsock.h"
#include "resolve.h"

struct dial_race {
	size_t begun, open;
	iopause_fd x[DIAL_MAX]; /* fd -1: has failed */
	tain next;              /* when the next address is tried */
};

void
dial_from(struct dial *d, const struct ip *ip)
{
	if (ip->len == 4)
		d->from4 = *ip;
	else
		d->from16 = *ip;
}

/* 1 if this family is to be used, else 0. */
static int
dial_family(const struct dial *d, unsigned int len)
{
	if (d->family && d->family != len)
		return 0;
	if (!d->from4.len && !d->from16.len)
		return 1;
	return len == 4 ? d->from4.len != 0 : d->from16.len != 0;
}

int
dial_list(struct dial *d, const char *host)
{
	char text[IP_FMT];
	struct ip ip;
	size_t n;

	for (d->n = 0;; host += n + 1) {
		n = strcspn(host, ",");
		if (n >= sizeof text || d->n == DIAL_MAX)
			return 0;
		memcpy(text, host, n);
		text[n] = 0;
		if (!ip_scan(text, &ip))
			return 0;
		d->ip[d->n++] = ip;
		if (!host[n])
			return 1;
	}
}

enum dial_result
dial_lookup(struct dial *d, const char *host, const tain *deadline)
{
	struct resolve_ips a;
	enum resolve_result r;
	size_t six = 0, four = 0;

	a.n = 0;
	r = resolve_ips(host, d->family, &a, deadline);
	if (a.n == 0)
		return r == RESOLVE_TEMP ? DIAL_NOLOOKUP : DIAL_NONAME;
	for (d->n = 0; d->n < a.n && d->n < DIAL_MAX;) {
		while (six < a.n && a.ip[six].len != 16)
			six++;
		while (four < a.n && a.ip[four].len != 4)
			four++;
		if (six < a.n)
			d->ip[d->n++] = a.ip[six++];
		if (four < a.n && d->n < DIAL_MAX)
			d->ip[d->n++] = a.ip[four++];
	}
	return DIAL_OK;
}

/* Begins to connect to IP. The socket, or -1 with errno. */
static int
dial_begin(const struct dial *d, const struct ip *ip)
{
	const struct ip *from = ip->len == 4 ? &d->from4 : &d->from16;
	struct sockaddr_storage sa, own;
	socklen_t n = ipsock_set(&sa, ip, d->port), on = 0;
	int s, e, one = 1;

	if (from->len)
		on = ipsock_set(&own, from, 0);
	s = socket(sa.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s < 0)
		return -1;
	setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	if ((!on || bind(s, (struct sockaddr *)&own, on) == 0) &&
	    (connect(s, (struct sockaddr *)&sa, n) == 0 ||
		errno == EINPROGRESS))
		return s;
	e = errno;
	close(s);
	errno = e;
	return -1;
}

/* Tries the next address. */
static void
dial_next(struct dial *d, struct dial_race *r)
{
	size_t i = r->begun++;
	tain delay;

	r->x[i].fd = -1;
	r->x[i].events = IOPAUSE_WRITE;
	if (!dial_family(d, d->ip[i].len))
		return;
	if ((r->x[i].fd = dial_begin(d, &d->ip[i])) < 0) {
		d->reason = strerror(errno);
		return;
	}
	r->open++;
	tain_from_millisecs(&delay, DIAL_DELAY);
	tain_add_g(&r->next, &delay);
}

/* 1 if the I-th is connected; 0 if not yet, or if it has failed. */
static int
dial_ready(struct dial *d, struct dial_race *r, size_t i)
{
	int e = 0;
	socklen_t n = sizeof e;

	if (r->x[i].fd < 0 || !r->x[i].revents)
		return 0;
	if (getsockopt(r->x[i].fd, SOL_SOCKET, SO_ERROR, &e, &n) < 0)
		e = errno;
	if (!e)
		return 1;
	d->reason = strerror(e);
	close(r->x[i].fd);
	r->x[i].fd = -1;
	r->open--;
	return 0;
}

/* Waits for one of those begun. Its index, -1 for none yet, -2 for none before
 * the deadline. */
static int
dial_wait(struct dial *d, struct dial_race *r, const tain *deadline)
{
	const tain *until = deadline;
	size_t i;
	int n;

	if (r->begun < d->n && tain_less(&r->next, deadline))
		until = &r->next;
	for (i = 0; i < r->begun; i++)
		r->x[i].revents = 0;
	n = iopause_g(r->x, (unsigned int)r->begun, until);
	if (n == 0 && until == deadline) {
		d->reason = "it took too long";
		return -2;
	}
	for (i = 0; n > 0 && i < r->begun; i++)
		if (dial_ready(d, r, i))
			return (int)i;
	return -1;
}

enum dial_result
dial_connect(struct dial *d, int *fd, const tain *deadline)
{
	struct dial_race r = {0};
	int winner = -1;
	size_t i;

	d->reason = "no address of that kind";
	deadline_in(&r.next, 0); /* and reads the clock */
	while (winner == -1) {
		while (r.begun < d->n && (r.open == 0 || !tain_future(&r.next)))
			dial_next(d, &r);
		if (r.open == 0)
			break;
		winner = dial_wait(d, &r, deadline);
	}
	for (i = 0; i < r.begun; i++)
		if (r.x[i].fd >= 0 && (int)i != winner)
			close(r.x[i].fd);
	if (winner < 0)
		return DIAL_FAILED;
	*fd = r.x[winner].fd;
	return DIAL_OK;
}
