/* SPDX-License-Identifier: ISC */
/* The story of a message, from the logs. */
#include "package/queue_story.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "package/say.h"

struct queue_story {
	char connid[LOG_CONNID];
	const char *id;
	char **line; /* owned */
	size_t n;
};

/* 1 if LINE has the pair NAME=VALUE. */
static int
queue_story_has(const char *line, const char *name, const char *value)
{
	size_t n = strlen(name), v = strlen(value);
	const char *p = line;

	while ((p = strstr(p, name))) {
		if ((p == line || p[-1] == ' ') && p[n] == '=' &&
		    strncmp(p + n + 1, value, v) == 0 &&
		    strchr(" \n", p[n + 1 + v]))
			return 1;
		p += n;
	}
	return 0;
}

static void
queue_story_keep(struct queue_story *s, const char *line)
{
	if (!(s->n & (s->n - 1)) &&
	    !(s->line = reallocarray(
		  s->line, s->n ? 2 * s->n : 1, sizeof *s->line)))
		die_sys(111, "no memory for the log");
	if (!(s->line[s->n++] = strdup(line)))
		die_sys(111, "no memory for the log");
}

/* The connection of the message, from a line about its id, or the id that is
 * one itself. */
static void
queue_story_connid(struct queue_story *s, const char *line)
{
	const char *p = strstr(line, " connid=");
	size_t n = p ? strcspn(p + 8, " \n") : 0;

	if (!n || n >= sizeof s->connid ||
	    (!queue_story_has(line, "id", s->id) &&
		!queue_story_has(line, "connid", s->id)))
		return;
	memcpy(s->connid, p + 8, n);
	s->connid[n] = 0;
}

/* Reads one file of a log; without a connid yet, to find it. */
static void
queue_story_file(struct queue_story *s, const char *file, int find)
{
	char line[LOG_MAX + 128];
	FILE *f = fopen(file, "re");

	if (!f)
		return; /* rotated away meanwhile */
	while (fgets(line, sizeof line, f)) {
		if (find && !*s->connid)
			queue_story_connid(s, line);
		else if (!find &&
		    (queue_story_has(line, "connid", s->connid) ||
			queue_story_has(line, "id", s->id)))
			queue_story_keep(s, line);
	}
	fclose(f);
}

static int
queue_story_order(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

size_t
queue_story(const struct instance *i, const char *id, const char *connid)
{
	struct queue_story s = {.id = id};
	glob_t g;
	size_t k;
	int find;

	snprintf(s.connid, sizeof s.connid, "%s", connid ? connid : "");
	if (glob(instance_path(i, "log/*/current"), 0, 0, &g) ||
	    (glob(instance_path(i, "log/*/@*"), GLOB_APPEND, 0, &g) ==
		GLOB_ABORTED))
		return 0;
	for (find = !*s.connid; find >= 0; find--)
		for (k = 0; k < g.gl_pathc; k++)
			queue_story_file(&s, g.gl_pathv[k], find);
	globfree(&g);
	if (s.n)
		qsort(s.line, s.n, sizeof *s.line, queue_story_order);
	for (k = 0; k < s.n; k++)
		fputs(s.line[k], stdout);
	return s.n;
}
