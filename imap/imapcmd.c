/* SPDX-License-Identifier: ISC */
/* The grammar of IMAP commands, as much as there is of it before a login. */
#include "imapcmd.h"

#include <string.h>

/* 1 if C may be in an astring that is not quoted. */
static int
imapcmd_astringchar(char c)
{
	return c > ' ' && c < 127 && !strchr("(){%*\"\\", c);
}

int
imapcmd_tagchar(char c)
{
	return imapcmd_astringchar(c) && c != '+';
}

int
imapcmd_space(char **p, const char *end)
{
	if (*p >= end || **p != ' ')
		return 0;
	++*p;
	return 1;
}

int
imapcmd_split(char *s, size_t n, struct imapcmd *c)
{
	char *p = s, *end = s + n;
	size_t k;

	for (k = 0; p < end && imapcmd_tagchar(*p) && k < IMAPCMD_TAG; k++)
		c->tag[k] = *p++;
	c->tag[k] = 0;
	if (k == 0 || (p < end && *p != ' '))
		return -1;
	if (!imapcmd_space(&p, end))
		return 0;
	for (k = 0; p < end && *p != ' ' && k < IMAPCMD_NAME; k++, p++) {
		c->name[k] = *p;
		if (*p >= 'a' && *p <= 'z')
			c->name[k] = (char)(*p - ('a' - 'A'));
		if (c->name[k] < 'A' || c->name[k] > 'Z')
			return 0;
	}
	c->name[k] = 0;
	if (k == 0 || (p < end && *p != ' '))
		return 0;
	imapcmd_space(&p, end);
	c->args = p;
	c->n = (size_t)(end - p);
	return 1;
}

/* A quoted string behind its first quote. */
static int
imapcmd_quoted(char **p, char *end, char **s, size_t *n)
{
	char *from = *p, *to = *p;

	*s = to;
	for (; from < end && *from != '"'; from++) {
		if (*from == '\r' || *from == '\n')
			return 0;
		if (*from == '\\' &&
		    (++from == end || (*from != '"' && *from != '\\')))
			return 0;
		*to++ = *from;
	}
	if (from == end)
		return 0;
	*n = (size_t)(to - *s);
	*p = from + 1;
	return 1;
}

enum imapcmd_literal
imapcmd_literal(const char *s, size_t n, unsigned long long *size)
{
	const unsigned long long limit = 1ULL << 32;
	enum imapcmd_literal kind = IMAPCMD_SYNC;
	size_t i, digits;

	if (n < 3 || s[--n] != '}')
		return IMAPCMD_NONE;
	if (s[n - 1] == '+') {
		kind = IMAPCMD_NONSYNC;
		n--;
	}
	for (i = n; i > 0 && s[i - 1] >= '0' && s[i - 1] <= '9'; i--)
		;
	digits = n - i;
	if (digits == 0 || i == 0 || s[i - 1] != '{')
		return IMAPCMD_NONE;
	for (*size = 0; i < n; i++)
		if ((*size = *size * 10 + (unsigned int)(s[i] - '0')) > limit)
			*size = limit;
	return kind;
}

/* A literal from its brace on, as it was sent. */
static int
imapcmd_counted(char **p, char *end, char **s, size_t *n)
{
	char *lf = memchr(*p, '\n', (size_t)(end - *p));
	unsigned long long size;

	if (!lf || lf - *p < 4 || lf[-1] != '\r' ||
	    imapcmd_literal(*p, (size_t)(lf - 1 - *p), &size) == IMAPCMD_NONE ||
	    size > (size_t)(end - lf - 1))
		return 0;
	*s = lf + 1;
	*n = (size_t)size;
	*p = lf + 1 + size;
	return 1;
}

int
imapcmd_astring(char **p, char *end, char **s, size_t *n)
{
	if (*p >= end)
		return 0;
	if (**p == '"') {
		++*p;
		return imapcmd_quoted(p, end, s, n);
	}
	if (**p == '{')
		return imapcmd_counted(p, end, s, n);
	for (*s = *p; *p < end && imapcmd_astringchar(**p); ++*p)
		;
	*n = (size_t)(*p - *s);
	return *n > 0;
}
