/* SPDX-License-Identifier: ISC */
/* A rule source, line by line, and what is to be said about its lines. */
#ifndef SOURCE_H
#define SOURCE_H

#include <stddef.h>

enum {
	SOURCE_LINE = 30000, /* longest line: twice that fits in a record */
	SOURCE_BUFFER = 65536,
	SOURCE_MESSAGES = 20, /* errors, and warnings, that are printed */
	SOURCE_FIELDS = 64
};

struct source {
	const char *name; /* as messages name it */
	int fd;
	unsigned int line; /* number of the current one */
	unsigned int errors, warnings;
	int progress; /* show how far it is: the messages go to a terminal */
	size_t pos, len;
	char buf[SOURCE_BUFFER];
};

/* S reads from FD; NAME stays the caller's. */
void source_init(struct source *s, const char *name, int fd);

/* The next line that is neither blank nor a comment (first character '#'),
 * without blanks around it, in *TEXT (valid until the next call, N bytes and a
 * NUL). A line that is too long or holds a control character is an error,
 * said and skipped. 1; 0 end; -1 read error, with errno. */
int source_next(struct source *s, char **text, size_t *n);

/* Says what is wrong with the current line, and counts it. */
void source_error(struct source *s, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void source_warn(struct source *s, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Says something about the source as a whole. */
void source_note(struct source *s, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Splits TEXT (changed) at blanks into FIELD, at most MAX (up to
 * SOURCE_FIELDS). The number of fields; -1 there are more. */
int source_fields(char *text, char **field, int max);

#endif
