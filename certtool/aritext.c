/* SPDX-License-Identifier: ISC */
/* Reading what a CA answers when it is asked when to renew. */
#include "aritext.h"

#include <stdio.h>
#include <string.h>

int
aritext_string(char *value, const char *text, const char *key)
{
	char quoted[64];
	const char *p;
	size_t n;

	snprintf(quoted, sizeof quoted, "\"%s\"", key);
	if (!(p = strstr(text, quoted)))
		return 0;
	p += strlen(quoted);
	p += strspn(p, " \t\r\n");
	if (*p++ != ':')
		return 0;
	p += strspn(p, " \t\r\n");
	if (*p++ != '"')
		return 0;
	n = strcspn(p, "\"\\");
	if (p[n] != '"' || n >= ARITEXT_MAX)
		return 0;
	memcpy(value, p, n);
	value[n] = 0;
	return 1;
}

time_t
aritext_time(const char *s)
{
	struct tm tm = {0};
	const char *p = strptime(s, "%Y-%m-%dT%H:%M:%S", &tm);
	unsigned int h, m;
	time_t t;
	char sign;

	if (!p)
		return 0;
	t = timegm(&tm);
	if (*p == '.')
		p += 1 + strspn(p + 1, "0123456789");
	if (strcmp(p, "Z") == 0 || strcmp(p, "z") == 0)
		return t;
	if (sscanf(p, "%c%2u:%2u", &sign, &h, &m) != 3 || h > 23 || m > 59 ||
	    strlen(p) != 6 || (sign != '+' && sign != '-'))
		return 0;
	return t - (sign == '+' ? 1 : -1) * (time_t)(h * 3600 + m * 60);
}
