/* SPDX-License-Identifier: ISC */
/* The envelope at the front of a queue file. */
#include "queue/envelope.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "queue/queue.h"

enum { ENVELOPE_STEP = 4096 };

/* The line at *S as "NAME value": the value, with *S moved behind the line; or
 * null if it is another line. */
static const char *
envelope_field(char **s, const char *name)
{
	size_t n = strlen(name);
	char *value, *lf;

	if (strncmp(*s, name, n) != 0 || (*s)[n] != ' ')
		return 0;
	value = *s + n + 1;
	if (!(lf = strchr(value, '\n')))
		return 0;
	*lf = 0;
	*s = lf + 1;
	return value;
}

/* The line at *S whatever its name: 1, with the name and the value, both ended
 * by NUL, and *S moved behind it; 0 it is no such line. */
static int
envelope_line(char **s, const char **name, const char **value)
{
	size_t n = strspn(*s, "abcdefghijklmnopqrstuvwxyz0123456789-");
	char *lf = strchr(*s, '\n');

	if (!n || (*s)[n] != ' ' || !lf)
		return 0;
	*name = *s;
	*value = *s + n + 1;
	(*s)[n] = *lf = 0;
	*s = lf + 1;
	return 1;
}

/* What NAME is kept in, or null: nobody knows it here. */
static const char **
envelope_place(struct envelope *e, const char *name)
{
	struct envelope_to *to = e->to_n ? &e->to[e->to_n - 1] : 0;
	const struct {
		const char *name;
		const char **place;
	} places[] = {
	    {"body", &e->body_type},
	    {"smtputf8", &e->smtputf8},
	    {"hold", &e->hold},
	    {"requiretls", &e->requiretls},
	    {"ret", &e->ret},
	    {"envid", &e->envid},
	    {"origin", &e->origin},
	    {"filter", &e->filter},
	    {"notify", to ? &to->notify : 0},
	    {"orcpt", to ? &to->orcpt : 0},
	};
	size_t i;

	for (i = 0; i < sizeof places / sizeof *places; i++)
		if (strcmp(name, places[i].name) == 0)
			return places[i].place;
	return 0;
}

/* Takes one line behind "from". 1 or 0. */
static int
envelope_more(struct envelope *e, const char *name, const char *value)
{
	const char **place;

	if (strcmp(name, "to") != 0) {
		if ((place = envelope_place(e, name)))
			*place = value;
		return 1;
	}
	if (e->to_n == QUEUE_RECIPIENTS || !*value)
		return 0;
	memset(&e->to[e->to_n], 0, sizeof *e->to);
	e->to[e->to_n++].address = value;
	return 1;
}

static int
envelope_number(const char *s, uint64_t *n)
{
	const char *p;

	*n = 0;
	for (p = s; *p >= '0' && *p <= '9' && p - s < 18; p++)
		*n = *n * 10 + (uint64_t)(*p - '0');
	return p > s && !*p;
}

/* Fills E from E->text. 1 or 0. */
static int
envelope_fields(struct envelope *e)
{
	char *s = e->text;
	const char *version, *time, *name, *value;

	if (!(version = envelope_field(&s, "postern-queue")) ||
	    strcmp(version, "1") != 0 ||
	    !(e->connid = envelope_field(&s, "connid")) ||
	    !(time = envelope_field(&s, "time")) ||
	    !envelope_number(time, &e->time) ||
	    !(e->from = envelope_field(&s, "from")))
		return 0;
	while (envelope_line(&s, &name, &value))
		if (!envelope_more(e, name, value))
			return 0;
	if (*s != '\n' || !e->to_n)
		return 0;
	e->body = (size_t)(s + 1 - e->text);
	return 1;
}

int
envelope_parse(char *text, size_t n, struct envelope *e)
{
	char *end = memmem(text, n, "\n\n", 2);
	void *less;

	memset(e, 0, sizeof *e);
	e->text = text;
	if (!end || memchr(text, 0, (size_t)(end - text))) {
		envelope_free(e);
		return 0;
	}
	end[1] = '\n';
	if (end + 2 < text + n) {
		end[2] = 0; /* what was read of the message is not kept */
		if ((less = realloc(text, (size_t)(end + 3 - text))))
			e->text = less;
	}
	if (!(e->to = malloc(QUEUE_RECIPIENTS * sizeof *e->to))) {
		envelope_free(e);
		return -1;
	}
	if (!envelope_fields(e)) {
		envelope_free(e);
		return 0;
	}
	if (e->to_n && (less = realloc(e->to, e->to_n * sizeof *e->to)))
		e->to = less;
	return 1;
}

int
envelope_read(int fd, struct envelope *e)
{
	char *text = 0, *more;
	size_t n = 0;
	ssize_t r;

	do {
		if (n + ENVELOPE_STEP > ENVELOPE_MAX) {
			free(text);
			return 0;
		}
		if (!(more = realloc(text, n + ENVELOPE_STEP + 1))) {
			free(text);
			return -1;
		}
		text = more;
		if ((r = pread(fd, text + n, ENVELOPE_STEP, (off_t)n)) < 0) {
			free(text);
			return -1;
		}
		n += (size_t)r;
		text[n] = 0;
	} while (r > 0 && !memmem(text, n, "\n\n", 2));
	return envelope_parse(text, n, e);
}

void
envelope_free(struct envelope *e)
{
	free(e->text);
	free(e->to);
	e->text = 0;
	e->to = 0;
}

int
envelope_name(const char *name, uint64_t *size)
{
	const char *s = strstr(name, ",S=");

	return s && s > name && name[0] != '.' && !strchr(name, '/') &&
	    strlen(name) < QUEUE_NAME_MAX && strncmp(name, "tmp.", 4) != 0 &&
	    envelope_number(s + 3, size);
}
