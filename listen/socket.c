/* SPDX-License-Identifier: ISC */
/* Listening sockets. */
#include "socket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include "ipsock.h"
#include "log.h"

int
socket_address(const char *s, struct ip *ip)
{
	return ip_scan(strcmp(s, "0") == 0 ? "0.0.0.0" : s, ip);
}

static int
socket_option(int s, int level, int name, int value)
{
	return setsockopt(s, level, name, &value, sizeof value);
}

int
socket_listen(const struct ip *ip, unsigned int port, int backlog)
{
	struct sockaddr_storage sa;
	socklen_t n = ipsock_set(&sa, ip, (uint16_t)port);
	char text[IP_FMT], number[LOG_NUM];
	int s;

	s = socket(sa.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s < 0 || socket_option(s, SOL_SOCKET, SO_REUSEADDR, 1) < 0 ||
	    socket_option(s, IPPROTO_TCP, TCP_NODELAY, 1) < 0 ||
	    (ip->len == 16 &&
		socket_option(s, IPPROTO_IPV6, IPV6_V6ONLY, 0) < 0) ||
	    bind(s, (struct sockaddr *)&sa, n) < 0 || listen(s, backlog) < 0)
		log_diesys(111, "cannot listen on ", ip_fmt(text, ip), " port ",
		    log_u64(number, port), (char *)0);
	return s;
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
