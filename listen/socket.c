/* SPDX-License-Identifier: ISC */
/* Listening sockets. */
#include "socket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include "log.h"

int
socket_address(const char *s, struct ip *ip)
{
	return ip_scan(strcmp(s, "0") == 0 ? "0.0.0.0" : s, ip);
}

/* Fills SA for bind. Its length. */
static socklen_t
socket_name(struct sockaddr_storage *sa, const struct ip *ip, unsigned int port)
{
	struct sockaddr_in *v4 = (void *)sa;
	struct sockaddr_in6 *v6 = (void *)sa;

	memset(sa, 0, sizeof *sa);
	if (ip->len == 4) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t)port);
		memcpy(&v4->sin_addr, ip->b, 4);
		return sizeof *v4;
	}
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons((uint16_t)port);
	memcpy(&v6->sin6_addr, ip->b, 16);
	return sizeof *v6;
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
	socklen_t n = socket_name(&sa, ip, port);
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
	static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
	struct sockaddr_storage sa;
	const struct sockaddr_in *v4 = (const void *)&sa;
	const struct sockaddr_in6 *v6 = (const void *)&sa;
	socklen_t n = sizeof sa;
	const unsigned char *b;
	int fd;

	if ((fd = accept4(s, (struct sockaddr *)&sa, &n, SOCK_CLOEXEC)) < 0)
		return -1;
	b = (const unsigned char *)&v6->sin6_addr;
	ip->len = 4;
	if (sa.ss_family == AF_INET) {
		b = (const unsigned char *)&v4->sin_addr;
	} else if (memcmp(b, mapped, sizeof mapped) == 0) {
		b += sizeof mapped;
	} else {
		ip->len = 16;
	}
	memcpy(ip->b, b, ip->len);
	return fd;
}
