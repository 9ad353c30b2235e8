/* SPDX-License-Identifier: ISC */
/* A limit as it is written: "20", "30/60" or "none". */
#include "limit.h"

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
