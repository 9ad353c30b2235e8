/* SPDX-License-Identifier: ISC */
/* Addresses as sockets have them. */
#include "ipsock.h"

#include <netinet/in.h>
#include <string.h>

int
ipsock_get(const struct sockaddr_storage *sa, struct ip *ip, uint16_t *port)
{
	const struct sockaddr_in *v4 = (const void *)sa;
	const struct sockaddr_in6 *v6 = (const void *)sa;

	if (sa->ss_family == AF_INET) {
		ip->len = 4;
		memcpy(ip->b, &v4->sin_addr, 4);
		*port = ntohs(v4->sin_port);
		return 1;
	}
	if (sa->ss_family != AF_INET6)
		return 0;
	ip->len = 16;
	memcpy(ip->b, &v6->sin6_addr, 16);
	ip_unmap(ip);
	*port = ntohs(v6->sin6_port);
	return 1;
}

socklen_t
ipsock_set(struct sockaddr_storage *sa, const struct ip *ip, uint16_t port)
{
	struct sockaddr_in *v4 = (void *)sa;
	struct sockaddr_in6 *v6 = (void *)sa;

	memset(sa, 0, sizeof *sa);
	if (ip->len == 4) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port);
		memcpy(&v4->sin_addr, ip->b, 4);
		return sizeof *v4;
	}
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons(port);
	memcpy(&v6->sin6_addr, ip->b, 16);
	return sizeof *v6;
}
