/* SPDX-License-Identifier: ISC */
/* The ports of an instance. */
#include "package/ports.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ip.h"
#include "package/say.h"

static socklen_t
ports_address(
    struct sockaddr_storage *sa, const char *address, unsigned int port)
{
	struct sockaddr_in *v4 = (void *)sa;
	struct sockaddr_in6 *v6 = (void *)sa;
	struct ip ip;

	memset(sa, 0, sizeof *sa);
	if (!ip_scan(address, &ip))
		die(100, "'%s' in etc/instance is no address", address);
	if (ip.len == 4) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t)port);
		memcpy(&v4->sin_addr, ip.b, 4);
		return sizeof *v4;
	}
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons((uint16_t)port);
	memcpy(&v6->sin6_addr, ip.b, 16);
	return sizeof *v6;
}

int
ports_free(const struct instance *i, unsigned int port)
{
	struct sockaddr_storage sa;
	socklen_t n = ports_address(&sa, i->address, port);
	int fd = socket(sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int one = 1, r;

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

	for (s = services; s->name; s++) {
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
