/* SPDX-License-Identifier: ISC */
/* A rule source, line by line, and what is to be said about its lines. */
#include "source.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { SOURCE_MESSAGE = 1024, SOURCE_PROGRESS = 1 << 16 };

void
source_init(struct source *s, const char *name, int fd)
{
	s->name = name;
	s->fd = fd;
	s->line = s->errors = s->warnings = 0;
	s->pos = s->len = 0;
	s->progress = isatty(2);
}

/* Prints "NAME:LINE: KIND: text" in one go; without a line when that is 0. */
static void source_say(const char *name, unsigned int line, const char *kind,
    const char *format, va_list args) __attribute__((format(printf, 4, 0)));
static void
source_say(const char *name, unsigned int line, const char *kind,
    const char *format, va_list args)
{
	char text[SOURCE_MESSAGE];
	size_t n;

	if (line)
		snprintf(
		    text, sizeof text - 1, "%s:%u: %s: ", name, line, kind);
	else
		snprintf(text, sizeof text - 1, "%s: %s: ", name, kind);
	n = strlen(text);
	vsnprintf(text + n, sizeof text - 1 - n, format, args);
	n = strlen(text);
	text[n++] = '\n';
	if (write(2, text, n) < 0)
		return; /* nobody to tell; the exit code says it */
}

void
source_error(struct source *s, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (s->errors++ < SOURCE_MESSAGES)
		source_say(s->name, s->line, "error", format, args);
	va_end(args);
}

void
source_warn(struct source *s, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (s->warnings++ < SOURCE_MESSAGES)
		source_say(s->name, s->line, "warning", format, args);
	va_end(args);
}

void
source_note(struct source *s, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	source_say(s->name, 0, "note", format, args);
	va_end(args);
}

/* Moves the unread bytes to the front and reads more. 1; 0 end; -1. */
static int
source_fill(struct source *s)
{
	ssize_t n;

	memmove(s->buf, s->buf + s->pos, s->len - s->pos);
	s->len -= s->pos;
	s->pos = 0;
	do
		n = read(s->fd, s->buf + s->len, sizeof s->buf - 1 - s->len);
	while (n < 0 && errno == EINTR);
	if (n > 0)
		s->len += (size_t)n;
	return n > 0 ? 1 : (int)n;
}

/* One line as it stands, without its line feed; *LONGER when it had to be
 * cut. 1; 0 end; -1 failed. */
static int
source_raw(struct source *s, char **text, size_t *n, int *longer)
{
	char *lf;
	int more = 1;

	*longer = 0;
	while (!(lf = memchr(s->buf + s->pos, '\n', s->len - s->pos))) {
		if (s->len - s->pos > SOURCE_LINE) {
			*longer = 1;
			s->pos = s->len; /* drop what is there, go on */
		}
		if ((more = source_fill(s)) <= 0)
			break;
	}
	if (more < 0 || (!lf && s->len == s->pos && !*longer))
		return more < 0 ? -1 : 0;
	*text = s->buf + s->pos;
	*n = lf ? (size_t)(lf - *text) : s->len - s->pos;
	s->pos += *n + (lf != 0);
	*longer |= *n > SOURCE_LINE;
	s->line++;
	return 1;
}

static int
source_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* 1 if the line is free of control characters but tabs. */
static int
source_clean(const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (((unsigned char)s[i] < ' ' && s[i] != '\t') || s[i] == 127)
			return 0;
	return 1;
}

static void
source_show(const struct source *s)
{
	if (s->progress && s->line % SOURCE_PROGRESS == 0)
		dprintf(2, "\r%s: %u lines\r", s->name, s->line);
}

int
source_next(struct source *s, char **text, size_t *n)
{
	int r, longer;

	while ((r = source_raw(s, text, n, &longer)) > 0) {
		source_show(s);
		while (*n && source_blank((*text)[*n - 1]))
			--*n;
		for (; *n && source_blank(**text); --*n)
			++*text;
		if (longer)
			source_error(
			    s, "the line is longer than %d bytes", SOURCE_LINE);
		else if (*n && **text == '#')
			continue;
		else if (!source_clean(*text, *n))
			source_error(s, "the line holds a control character%s",
			    (*text)[*n - 1] == '\r' ? " (CR at its end)" : "");
		else if (*n) {
			(*text)[*n] = 0;
			return 1;
		}
	}
	return r;
}

int
source_fields(char *text, char **field, int max)
{
	int n = 0;

	for (;;) {
		text += strspn(text, " \t");
		if (!*text)
			return n;
		if (n == max)
			return -1;
		field[n++] = text;
		text += strcspn(text, " \t");
		if (*text)
			*text++ = 0;
	}
}
