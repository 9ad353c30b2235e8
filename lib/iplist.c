/* SPDX-License-Identifier: ISC */
/* Lists of address patterns: '*', addresses, prefixes, octets with ranges. */
#include "iplist.h"

#include <string.h>

/* Reads an octet at S (before END) into *V; its length, or 0. */
static size_t
iplist_number(const char *s, const char *end, unsigned int *v)
{
	size_t n = 0;

	*v = 0;
	while (s + n < end && s[n] >= '0' && s[n] <= '9' && n < 3)
		*v = *v * 10 + (unsigned int)(s[n++] - '0');
	return *v > 255 || (n > 1 && s[0] == '0') ? 0 : n;
}

/* One octet of a pattern at S: '*', a number or a range. Its length, or 0. */
static size_t
iplist_octet(
    const char *s, const char *end, unsigned int *low, unsigned int *high)
{
	size_t n, m;

	if (s < end && *s == '*') {
		*low = 0;
		*high = 255;
		return 1;
	}
	if (!(n = iplist_number(s, end, low)))
		return 0;
	*high = *low;
	if (s + n == end || s[n] != '-')
		return n;
	if (!(m = iplist_number(s + n + 1, end, high)) || *low > *high)
		return 0;
	return n + 1 + m;
}

/* Octets with dots between, up to END. 1 fits; 0 does not; -1 bad. */
static int
iplist_octets(const char *s, const char *end, const struct ip *ip)
{
	unsigned int i, low, high;
	int fits = ip->len == 4;
	size_t n;

	for (i = 0; i < 4; i++) {
		if (!(n = iplist_octet(s, end, &low, &high)))
			return -1;
		if (ip->len == 4 && (ip->b[i] < low || ip->b[i] > high))
			fits = 0;
		s += n;
		if (s == end)
			return fits;
		if (*s++ != '.')
			return -1;
		if (s == end)
			return i < 3 ? fits : -1; /* "10." is "10" */
	}
	return -1;
}

/* One pattern without its '!', up to END. 1 fits; 0 does not; -1 bad. */
static int
iplist_pattern(const char *s, const char *end, const struct ip *ip)
{
	struct ip prefix;
	unsigned int plen;

	if (end - s == 1 && *s == '*')
		return 1;
	if (ip_scan_prefix(s, (size_t)(end - s), &prefix, &plen))
		return ip_match(&prefix, ip, plen);
	return iplist_octets(s, end, ip);
}

/* Goes through LIST; *BAD is at the pattern at fault when that is -1. */
static int
iplist_walk(const char *list, const struct ip *ip, const char **bad)
{
	const char *end;
	int in = 0, not, fits;

	if (!*list)
		return 0;
	for (;; list = end + 1) {
		end = list + strcspn(list, ",");
		*bad = list;
		not = *list == '!';
		if ((fits = iplist_pattern(list + not, end, ip)) < 0)
			return -1;
		if (fits)
			in = !not ;
		if (!*end)
			return in;
	}
}

int
iplist_match(const char *list, const struct ip *ip)
{
	const char *bad;

	return iplist_walk(list, ip, &bad);
}

int
iplist_check(const char *list, const char **bad)
{
	static const struct ip any = {.len = 4};

	return iplist_walk(list, &any, bad) >= 0;
}
