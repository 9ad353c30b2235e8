/* SPDX-License-Identifier: ISC */
/* Policies of MTA-STS (RFC 8461, 3). */
#include "smtp/stspolicy.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { STSPOLICY_NAME = 32, STSPOLICY_LINE = 512 };

/* What a policy must say once; a second time does not count. */
struct stspolicy_seen {
	int version, mode, age;
};

static const char *const stspolicy_words[] = {"none", "testing", "enforce"};

const char *
stspolicy_word(enum stspolicy_mode mode)
{
	return stspolicy_words[mode];
}

int
stspolicy_mode(const char *word, enum stspolicy_mode *mode)
{
	int i;

	for (i = STSPOLICY_NONE; i <= STSPOLICY_ENFORCE; i++)
		if (strcasecmp(word, stspolicy_words[i]) == 0) {
			*mode = (enum stspolicy_mode)i;
			return 1;
		}
	return 0;
}

const char *
stspolicy_add(struct stspolicy *p, const char *s)
{
	char *to;

	if (p->n == STSPOLICY_MX)
		return "too many mx lines";
	to = p->mx[p->n];
	if (strncmp(s, "*.", 2) == 0) {
		memcpy(to, s, 2);
		to += 2;
		s += 2;
	}
	if (!hostname_clean(to, s))
		return "an mx line names no host";
	p->n++;
	return 0;
}

/* Digits alone, at most ten; what is above the limit is the limit. */
static const char *
stspolicy_age(struct stspolicy *p, const char *s)
{
	size_t n = strspn(s, "0123456789");

	if (n == 0 || n > 10 || s[n])
		return "max_age is no number";
	p->max_age = strtoul(s, 0, 10);
	if (p->max_age > STSPOLICY_AGE)
		p->max_age = STSPOLICY_AGE;
	return 0;
}

/* 1 if S has the form of a field's name, else 0. */
static int
stspolicy_name(const char *s)
{
	size_t n = strspn(s,
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	    "_.-");

	return n > 0 && n <= STSPOLICY_NAME && !s[n] && isalnum(*s);
}

static const char *
stspolicy_field(struct stspolicy *p, struct stspolicy_seen *seen,
    const char *name, const char *value)
{
	if (!seen->version) {
		seen->version = 1;
		return strcasecmp(name, "version") == 0 &&
			strcmp(value, "STSv1") == 0
		    ? 0
		    : "it does not begin with version: STSv1";
	}
	if (strcasecmp(name, "mx") == 0)
		return stspolicy_add(p, value);
	if (strcasecmp(name, "mode") == 0 && !seen->mode++)
		return stspolicy_mode(value, &p->mode) ? 0 : "unknown mode";
	if (strcasecmp(name, "max_age") == 0 && !seen->age++)
		return stspolicy_age(p, value);
	return stspolicy_name(name) ? 0 : "a field without a name";
}

/* One line of N bytes. */
static const char *
stspolicy_line(struct stspolicy *p, struct stspolicy_seen *seen,
    const char *text, size_t n)
{
	char line[STSPOLICY_LINE], *value;
	size_t i;

	if (n > 0 && text[n - 1] == '\r')
		n--;
	while (n > 0 && (text[n - 1] == ' ' || text[n - 1] == '\t'))
		n--;
	if (n >= sizeof line)
		return "a line is too long";
	for (i = 0; i < n; i++)
		if ((text[i] >= 0 && text[i] < ' ' && text[i] != '\t') ||
		    text[i] == 127)
			return "a control character";
	memcpy(line, text, n);
	line[n] = 0;
	if (!n)
		return 0;
	if (!(value = strchr(line, ':')))
		return "a line without a colon";
	*value++ = 0;
	return stspolicy_field(p, seen, line, value + strspn(value, " \t"));
}

const char *
stspolicy_parse(struct stspolicy *p, const char *text, size_t n)
{
	struct stspolicy_seen seen = {0, 0, 0};
	const char *end = text + n, *next, *why = 0;

	p->mode = STSPOLICY_NONE;
	p->max_age = 0;
	p->n = 0;
	if (n > STSPOLICY_TEXT)
		return "it is too long";
	while (!why && text < end) {
		if (!(next = memchr(text, '\n', (size_t)(end - text))))
			next = end;
		why = stspolicy_line(p, &seen, text, (size_t)(next - text));
		text = next + (next < end);
	}
	if (why)
		return why;
	if (!seen.version || !seen.mode || !seen.age)
		return "version, mode or max_age is missing";
	return p->n || p->mode == STSPOLICY_NONE ? 0 : "it names no mx";
}

int
stspolicy_txt(const char *s, char *id)
{
	static const char begin[] = "v=STSv1";
	size_t n;

	if (strncmp(s, begin, sizeof begin - 1) != 0)
		return 0;
	s += sizeof begin - 1;
	s += strspn(s, " \t");
	if (*s != ';')
		return *s ? 0 : -1;
	while (*s == ';') {
		s++;
		s += strspn(s, " \t");
		n = strcspn(s, ";");
		if (strncmp(s, "id=", 3) == 0) {
			s += 3;
			for (n = 0; isalnum((unsigned char)s[n]); n++)
				;
			if (n == 0 || n >= STSPOLICY_ID ||
			    !strchr("; \t", s[n]))
				return -1;
			memcpy(id, s, n);
			id[n] = 0;
			return 1;
		}
		s += n;
	}
	return -1;
}

int
stspolicy_match(const struct stspolicy *p, const char *text)
{
	char host[HOSTNAME_SIZE];
	const char *below;
	size_t i;

	if (!hostname_clean(host, text))
		return 0;
	below = strchr(host, '.'); /* the star stands for one label */
	for (i = 0; i < p->n; i++)
		if (*p->mx[i] == '*' ? below && strcmp(below, p->mx[i] + 1) == 0
				     : strcmp(host, p->mx[i]) == 0)
			return 1;
	return 0;
}
