/* SPDX-License-Identifier: ISC */
/* IPv4 and IPv6 addresses, and the keys of their prefixes. */
#include "ip.h"

#include <arpa/inet.h>
#include <string.h>

void
ip_unmap(struct ip *ip)
{
	static const unsigned char mapped[12] = {
	    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

	if (ip->len != 16 || memcmp(ip->b, mapped, sizeof mapped) != 0)
		return;
	memmove(ip->b, ip->b + 12, 4);
	ip->len = 4;
}

int
ip_scan(const char *s, struct ip *ip)
{
	if (inet_pton(AF_INET, s, ip->b) == 1) {
		ip->len = 4;
		return 1;
	}
	if (inet_pton(AF_INET6, s, ip->b) != 1)
		return 0;
	ip->len = 16;
	ip_unmap(ip);
	return 1;
}

const char *
ip_fmt(char *buf, const struct ip *ip)
{
	if (!inet_ntop(ip->len == 4 ? AF_INET : AF_INET6, ip->b, buf, IP_FMT))
		*buf = 0;
	return buf;
}

size_t
ip_key(char *key, const struct ip *ip, unsigned int plen)
{
	size_t n = (plen + 7) / 8;

	key[0] = ip->len == 4 ? '4' : '6';
	key[1] = (char)plen;
	memcpy(key + 2, ip->b, n);
	if (plen % 8)
		key[1 + n] = (char)(key[1 + n] & (0xff00 >> plen % 8));
	return n + 2;
}

int
ip_match(const struct ip *a, const struct ip *b, unsigned int plen)
{
	char ka[IP_KEY], kb[IP_KEY];
	size_t n = ip_key(ka, a, plen);

	return a->len == b->len && ip_key(kb, b, plen) == n &&
	    memcmp(ka, kb, n) == 0;
}

/* 1 if the bits of IP behind the first PLEN are all zero. */
static int
ip_is_prefix(const struct ip *ip, unsigned int plen)
{
	struct ip masked = {.len = ip->len};
	char key[IP_KEY];
	size_t n = ip_key(key, ip, plen);

	memcpy(masked.b, key + 2, n - 2);
	return memcmp(masked.b, ip->b, ip->len) == 0;
}

/* Reads the N digits at S: 1, or 0 if that is no number up to MAX. */
static int
ip_scan_length(const char *s, size_t n, unsigned int max, unsigned int *plen)
{
	unsigned int v = 0;
	size_t i;

	if (n < 1 || n > 3 || (n > 1 && s[0] == '0'))
		return 0;
	for (i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return 0;
		v = v * 10 + (unsigned int)(s[i] - '0');
	}
	*plen = v;
	return v <= max;
}

int
ip_scan_prefix(const char *s, size_t n, struct ip *ip, unsigned int *plen)
{
	char text[IP_FMT + 1];
	const char *slash = memchr(s, '/', n);
	size_t len = slash ? (size_t)(slash - s) : n;
	unsigned int max;
	int mapped;

	if (len >= sizeof text || memchr(s, 0, len))
		return 0;
	memcpy(text, s, len);
	text[len] = 0;
	if (!ip_scan(text, ip))
		return 0;
	/* a v4-mapped address counts its prefix from the front of 128 bits */
	mapped = ip->len == 4 && strchr(text, ':') != 0;
	max = mapped || ip->len == 16 ? 128 : 32;
	*plen = max;
	if (slash && !ip_scan_length(slash + 1, n - len - 1, max, plen))
		return 0;
	if (mapped) {
		if (*plen < 96)
			return 0;
		*plen -= 96;
	}
	return ip_is_prefix(ip, *plen);
}
