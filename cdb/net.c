/* SPDX-License-Identifier: ISC */
/* The ways to write client addresses in a rule, as prefixes. */
#include "net.h"

#include <string.h>

/* An octet at *S, which moves on. 1, or 0. */
static int
net_octet(const char **s, const char *end, unsigned char *v)
{
	unsigned int n = 0;
	const char *p = *s;

	while (p < end && *p >= '0' && *p <= '9' && p - *s < 3)
		n = n * 10 + (unsigned int)(*p++ - '0');
	if (p == *s || n > 255 || (p - *s > 1 && **s == '0'))
		return 0;
	*s = p;
	*v = (unsigned char)n;
	return 1;
}

static const char *
net_octets(const char *s, const char *end, struct net *net)
{
	unsigned int i;

	for (i = 0; i < 4 && s < end; i++) {
		if (!net_octet(&s, end, &net->low[i]))
			return "not an address: an octet is a number from 0 to "
			       "255 without leading zeros";
		net->high[i] = net->low[i];
		if (s < end && *s == '-') {
			s++;
			if (!net_octet(&s, end, &net->high[i]))
				return "a range is two octets, as in 37-53";
			if (net->low[i] > net->high[i])
				return "the range ends before it begins";
		}
		net->count *= 1U + net->high[i] - net->low[i];
		if (net->count > NET_MAX)
			return "the ranges stand for more than 65536 "
			       "prefixes; write ADDRESS/LENGTH";
		if (i < 3 && s == end)
			return "a shortened address ends with a dot, as in "
			       "10.2.";
		if (i < 3 && *s++ != '.')
			return "not an address";
	}
	net->dots = (int)i;
	return s == end ? 0 : "not an address: more than four octets";
}

const char *
net_scan(const char *s, size_t n, struct net *net)
{
	struct ip ip;
	unsigned int plen;
	const char *slash = memchr(s, '/', n);

	memset(net, 0, sizeof *net);
	net->count = 1;
	if (ip_scan_prefix(s, n, &net->ip, &net->plen))
		return 0;
	if (n && !slash && !memchr(s, ':', n))
		return net_octets(s, s + n, net);
	if (slash && ip_scan_prefix(s, (size_t)(slash - s), &ip, &plen))
		return "the prefix length is no number in range, or bits are "
		       "set behind the prefix";
	return "not an address";
}

void
net_prefix(
    const struct net *net, unsigned int i, struct ip *ip, unsigned int *plen)
{
	unsigned int size;
	int d;

	*ip = net->ip;
	*plen = net->plen;
	if (!net->dots)
		return;
	ip->len = 4;
	*plen = 8 * (unsigned int)net->dots;
	for (d = net->dots - 1; d >= 0; d--) {
		size = 1U + net->high[d] - net->low[d];
		ip->b[d] = (unsigned char)(net->low[d] + i % size);
		i /= size;
	}
}
