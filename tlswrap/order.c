/* SPDX-License-Identifier: ISC */
/* What the master of tlsd tells its workers and signers. */
#include "order.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "pass.h"
#include "priv.h"

int
order_send(int s, enum order_kind kind, uint64_t key, const char *name, int fd)
{
	struct order o;

	memset(&o, 0, sizeof o);
	o.kind = (char)kind;
	o.key = key;
	snprintf(o.name, sizeof o.name, "%s", name);
	return pass_send(s, &o, sizeof o, &fd, fd >= 0);
}

int
order_bad(int s, const char *name, const char *why)
{
	struct order o;

	memset(&o, 0, sizeof o);
	o.kind = ORDER_BAD;
	snprintf(o.name, sizeof o.name, "%s", name);
	snprintf(o.why, sizeof o.why, "%s", why);
	return pass_send(s, &o, sizeof o, 0, 0);
}

int
order_tickets(int s, const struct tickets_key *k)
{
	struct order o;
	int r;

	memset(&o, 0, sizeof o);
	o.kind = ORDER_TICKETS;
	o.tickets = *k;
	r = pass_send(s, &o, sizeof o, 0, 0);
	priv_wipe(&o, sizeof o);
	return r;
}

int
order_recv(int s, struct order *o, int *fd)
{
	ssize_t n = pass_recv(s, o, sizeof *o, fd, 1);

	if (n < 0)
		return -1;
	if (n == sizeof *o && memchr(o->name, 0, sizeof o->name) &&
	    memchr(o->why, 0, sizeof o->why))
		return 1;
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	return 0;
}
