/* SPDX-License-Identifier: ISC */
/* What a program says of its command line. */
#include "usage.h"

#include <skalibs/strerr.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"

void
usage_help(const char *text)
{
	size_t n = strlen(text);

	exit(write(1, text, n) == (ssize_t)n ? 0 : 111);
}

void
usage_die(const char *text)
{
	char line[LOG_MAX];
	size_t n = strcspn(text, "\n");

	if (n >= sizeof line)
		n = sizeof line - 1;
	memcpy(line, text, n);
	line[n] = 0;
	log_die(100, line, (char *)0);
}

unsigned long
usage_number(
    const char *what, const char *s, unsigned long min, unsigned long max)
{
	unsigned long n = 0;
	const char *p;

	for (p = s; *p >= '0' && *p <= '9' && n <= max; p++)
		n = n * 10 + (unsigned long)(*p - '0');
	if (p == s || *p || n < min || n > max) {
		char low[LOG_NUM], high[LOG_NUM];

		log_die(100, what, ": '", s, "' is not a number from ",
		    log_u64(low, min), " to ", log_u64(high, max), (char *)0);
	}
	return n;
}
