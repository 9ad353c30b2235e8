/* SPDX-License-Identifier: ISC */
/* POP3 command lines. */
#include "pop3cmd.h"

#include <string.h>
#include <strings.h>

int
pop3cmd_split(char *s, size_t n, char **keyword, char **arg)
{
	size_t i;

	for (i = 0; i < n && s[i] != ' '; i++) {
		if (s[i] >= 'a' && s[i] <= 'z')
			s[i] = (char)(s[i] - ('a' - 'A'));
		if (i == POP3CMD_KEYWORD ||
		    ((s[i] < 'A' || s[i] > 'Z') && (s[i] < '0' || s[i] > '9')))
			return 0;
	}
	if (i < POP3CMD_KEYWORD - 1)
		return 0;
	*keyword = s;
	*arg = i < n ? s + i + 1 : 0;
	s[i] = 0;
	return 1;
}

int
pop3cmd_numbers(const char *arg, unsigned long long *v, int max)
{
	const unsigned long long limit = 1ULL << 32;
	int n = 0;

	if (!arg || !arg[strspn(arg, " ")])
		return 0;
	for (;;) {
		if (n == max || *arg < '0' || *arg > '9')
			return -1;
		for (v[n] = 0; *arg >= '0' && *arg <= '9'; arg++) {
			v[n] = v[n] * 10 + (unsigned long long)(*arg - '0');
			if (v[n] > limit)
				v[n] = limit;
		}
		n++;
		if (*arg == ' ' && arg[1] >= '0' && arg[1] <= '9') {
			arg++;
			continue;
		}
		while (*arg == ' ')
			arg++;
		return *arg ? -1 : n;
	}
}

const char *
pop3cmd_lang(const char *arg)
{
	if (!arg)
		return "+OK languages follow\r\ni-default Default language\r\n"
		       "en English\r\n.";
	if (strcasecmp(arg, "en") == 0)
		return "+OK en it is";
	if (strcmp(arg, "*") == 0 || strcasecmp(arg, "i-default") == 0)
		return "+OK i-default it is";
	return "-ERR no such language";
}
