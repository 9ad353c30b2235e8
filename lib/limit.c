/* SPDX-License-Identifier: ISC */
/* A limit as it is written, "20", "30/60" or "none", and whom it is for. */
#include "limit.h"

#include <stdio.h>
#include <string.h>

/* Digits at *S, which moves behind them, from MIN to MAX. 1 or 0. */
static int
limit_number(
    const char **s, unsigned long min, unsigned long max, unsigned long *n)
{
	const char *p = *s;

	for (*n = 0; *p >= '0' && *p <= '9' && *n <= max; p++)
		*n = *n * 10 + (unsigned long)(*p - '0');
	if (p == *s || *n < min || *n > max)
		return 0;
	*s = p;
	return 1;
}

int
limit_scan(const char *s, int rate, struct limit *l)
{
	memset(l, 0, sizeof *l);
	l->none = strcmp(s, "none") == 0;
	if (l->none)
		return 1;
	if (!limit_number(&s, 0, rate ? LIMIT_RATE : LIMIT_MAX, &l->n))
		return 0;
	if (rate &&
	    (*s++ != '/' || !limit_number(&s, 1, LIMIT_SECONDS, &l->seconds)))
		return 0;
	return !*s;
}

const char *
limit_fmt(char *buf, const struct limit *l)
{
	if (l->none)
		strcpy(buf, "none");
	else
		snprintf(buf, LIMIT_FMT, l->seconds ? "%u/%u" : "%u",
		    (unsigned int)l->n, (unsigned int)l->seconds);
	return buf;
}

unsigned int
limit_plen(const struct ip *ip, int wide)
{
	if (ip->len == 4)
		return wide ? 24 : 32;
	return wide ? 48 : 64;
}

const char *
limit_prefix(char *buf, const struct ip *ip, int wide)
{
	struct ip prefix = {.len = ip->len};
	unsigned int plen = limit_plen(ip, wide);
	char address[IP_FMT];

	memcpy(prefix.b, ip->b, plen / 8);
	snprintf(buf, LIMIT_PREFIX, "%s/%u", ip_fmt(address, &prefix), plen);
	return buf;
}
