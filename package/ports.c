/* SPDX-License-Identifier: ISC */
/* The ports of an instance. */
#include "package/ports.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ip.h"
#include "ipsock.h"
#include "package/say.h"

int
ports_free(const struct instance *i, unsigned int port)
{
	struct sockaddr_storage sa;
	struct ip ip;
	socklen_t n;
	int fd, one = 1, r;

	if (!ip_scan(i->address, &ip))
		die(100, "'%s' in etc/instance is no address", i->address);
	n = ipsock_set(&sa, &ip, (uint16_t)port);
	fd = socket(sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	r = bind(fd, (struct sockaddr *)&sa, n) < 0 || listen(fd, 1) < 0;
	if (r)
		r = errno == EADDRINUSE ? 0 : -1;
	else
		r = 1;
	close(fd);
	return r;
}

void
ports_need(const struct instance *i)
{
	const struct service *s;

	for (s = instance_next(i, 0); s; s = instance_next(i, s)) {
		if (!s->port)
			continue;
		switch (ports_free(i, s->port + i->offset)) {
		case 0:
			die(111, "port %u (%s) is in use by another program",
			    s->port + i->offset, s->name);
		case -1:
			die_sys(111, "cannot listen on %s port %u (%s)",
			    i->address, s->port + i->offset, s->name);
		}
	}
}
