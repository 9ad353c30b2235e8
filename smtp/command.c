/* SPDX-License-Identifier: ISC */
/* Command lines taken apart. */
#include "smtp/command.h"

#include <string.h>

static int
smtp_command_alpha(unsigned char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static char
smtp_command_upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - ('a' - 'A')) : c;
}

static int
smtp_command_control(unsigned char c)
{
	return c < ' ' || c == 127;
}

int
smtp_command_read(char *s, size_t n, struct smtp_command *c)
{
	size_t i, verb;

	while (n && (s[n - 1] == ' ' || s[n - 1] == '\t'))
		n--;
	s[n] = 0;
	for (i = 0; i < n; i++)
		if (smtp_command_control((unsigned char)s[i]))
			return 0;
	for (verb = 0; smtp_command_alpha((unsigned char)s[verb]); verb++)
		;
	if (!verb || (s[verb] && s[verb] != ' '))
		return 0;
	c->verb[0] = 0;
	if (verb <= SMTP_VERB_MAX) {
		for (i = 0; i < verb; i++)
			c->verb[i] = smtp_command_upper(s[i]);
		c->verb[verb] = 0;
	}
	c->arg = s + verb + (verb < n);
	c->n = (size_t)(s + n - c->arg);
	return 1;
}

int
smtp_command_param(char **s, char **keyword, char **value)
{
	char *p = *s;

	while (*p == ' ')
		p++;
	if (!*p)
		return 0;
	*keyword = p;
	while (smtp_command_alpha((unsigned char)*p) ||
	    (*p >= '0' && *p <= '9') || (*p == '-' && p > *keyword)) {
		*p = smtp_command_upper(*p);
		p++;
	}
	*value = 0;
	if (p == *keyword || (*p && *p != ' ' && *p != '='))
		return -1;
	if (*p == '=') {
		*p++ = 0;
		*value = p;
		while ((unsigned char)*p > ' ' && *p != 127 && *p != '=')
			p++;
		if (p == *value || (*p && *p != ' '))
			return -1;
	}
	if (*p)
		*p++ = 0;
	*s = p;
	return 1;
}

static int
smtp_command_hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

int
smtp_command_xtext(char *s)
{
	char *to = s;
	int high, low, c;

	for (; (c = (unsigned char)*s); s++) {
		if (c == '=' || c <= ' ' || c >= 127)
			return 0;
		if (c == '+') {
			if ((high = smtp_command_hex(s[1])) < 0 ||
			    (low = smtp_command_hex(s[2])) < 0)
				return 0;
			c = high * 16 + low;
			s += 2;
		}
		if (smtp_command_control((unsigned char)c))
			return 0;
		*to++ = (char)c;
	}
	*to = 0;
	return 1;
}
