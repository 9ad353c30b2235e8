/* SPDX-License-Identifier: ISC */
/* A listening socket. */
#include "socket.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include "ipsock.h"
#include "log.h"

static int
socket_option(int s, int level, int name, int value)
{
	return setsockopt(s, level, name, &value, sizeof value);
}

int
socket_listen(const struct ip *ip, uint16_t port, int v6only, int backlog)
{
	struct sockaddr_storage sa;
	socklen_t n = ipsock_set(&sa, ip, port);
	char text[IP_FMT], number[LOG_NUM];
	int s;

	s = socket(sa.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s < 0 || socket_option(s, SOL_SOCKET, SO_REUSEADDR, 1) < 0 ||
	    socket_option(s, IPPROTO_TCP, TCP_NODELAY, 1) < 0 ||
	    (ip->len == 16 &&
		socket_option(s, IPPROTO_IPV6, IPV6_V6ONLY, v6only) < 0) ||
	    bind(s, (struct sockaddr *)&sa, n) < 0 || listen(s, backlog) < 0)
		log_diesys(111, "cannot listen on ", ip_fmt(text, ip), " port ",
		    log_u64(number, port), (char *)0);
	return s;
}

int
socket_take(int fd)
{
	struct sockaddr_storage sa;
	socklen_t n = sizeof sa, size = sizeof(int);
	char number[LOG_NUM];
	struct ip ip;
	uint16_t port;
	int listens, s;

	log_u64(number, (uint64_t)fd);
	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) < 0 ||
	    getsockname(fd, (struct sockaddr *)&sa, &n) < 0)
		log_diesys(100, "descriptor ", number, (char *)0);
	if (!listens || !ipsock_get(&sa, &ip, &port))
		log_die(100, "descriptor ", number,
		    " does not listen for TCP connections", (char *)0);
	if ((s = fcntl(fd, F_DUPFD_CLOEXEC, 3)) < 0 ||
	    fcntl(s, F_SETFL, O_NONBLOCK) < 0 ||
	    socket_option(s, IPPROTO_TCP, TCP_NODELAY, 1) < 0)
		log_diesys(111, "descriptor ", number, (char *)0);
	close(fd);
	return s;
}

void
socket_log(int s)
{
	struct sockaddr_storage sa;
	socklen_t n = sizeof sa;
	char text[IP_FMT], number[LOG_NUM];
	struct ip ip;
	uint16_t port;

	if (getsockname(s, (struct sockaddr *)&sa, &n) == 0 &&
	    ipsock_get(&sa, &ip, &port))
		log_event("listen", "ip", ip_fmt(text, &ip), "port",
		    log_u64(number, port), (char *)0);
}

int
socket_accept(int s, struct ip *ip)
{
	struct sockaddr_storage sa;
	socklen_t n = sizeof sa;
	uint16_t port;
	int fd;

	fd = accept4(s, (struct sockaddr *)&sa, &n, SOCK_CLOEXEC);
	if (fd >= 0)
		ipsock_get(&sa, ip, &port);
	return fd;
}
