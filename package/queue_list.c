/* SPDX-License-Identifier: ISC */
/* The messages of a queue. */
#include "package/queue_list.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "package/say.h"

struct queue_list {
	struct queue_item *item;
	size_t n;
};

/* Reads message NAME of folder DIR, one more item. What has left the queue
 * meanwhile is none. */
static void
queue_list_add(struct queue_list *l, const char *folder, int dir, int state,
    const char *name, uint64_t size)
{
	struct queue_item *m;
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (!(l->n & (l->n - 1)) &&
	    !(l->item = reallocarray(
		  l->item, l->n ? 2 * l->n : 1, sizeof *l->item)))
		die_sys(111, "no memory for the list");
	m = l->item + l->n;
	memset(m, 0, sizeof *m);
	m->folder = folder;
	m->size = size;
	if (envelope_read(fd, &m->envelope) == 1 && (m->name = strdup(name))) {
		state_read(state, name, &m->state);
		l->n++;
	}
	close(fd);
}

static int
queue_list_open(const char *queuedir, const char *folder)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof path, "%s/%s", queuedir, folder);
	if ((fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		die_sys(111, "cannot read %s", path);
	return fd;
}

static int
queue_list_older(const void *a, const void *b)
{
	const struct queue_item *x = a, *y = b;

	if (x->envelope.time != y->envelope.time)
		return x->envelope.time < y->envelope.time ? -1 : 1;
	return strcmp(x->name, y->name);
}

size_t
queue_list(const char *queuedir, const char *id, struct queue_item **items)
{
	static const char *const folders[] = {"incoming", "active", "failed"};
	struct queue_list l = {0};
	int state = queue_list_open(queuedir, "state"), dir;
	size_t n = id ? strlen(id) : 0, i;
	struct dirent *e;
	uint64_t size;
	DIR *d;

	for (i = 0; i < sizeof folders / sizeof *folders; i++) {
		dir = queue_list_open(queuedir, folders[i]);
		if (!(d = fdopendir(dir)))
			die_sys(111, "cannot read %s", folders[i]);
		while ((e = readdir(d)))
			if (envelope_name(e->d_name, &size) &&
			    (!id ||
				(strncmp(e->d_name, id, n) == 0 &&
				    e->d_name[n] == ',')))
				queue_list_add(&l, folders[i], dir, state,
				    e->d_name, size);
		closedir(d);
	}
	close(state);
	if (l.n)
		qsort(l.item, l.n, sizeof *l.item, queue_list_older);
	*items = l.item;
	return l.n;
}

int
queue_list_waits(const struct queue_item *m, size_t i)
{
	const char *to = m->envelope.to[i].address;

	return !state_is_done(&m->state, to) &&
	    !state_is_returned(&m->state, to);
}

/* SECONDS as a person says it. */
static const char *
queue_list_time(char *buf, size_t size, uint64_t seconds)
{
	if (seconds < 120)
		snprintf(buf, size, "%llus", (unsigned long long)seconds);
	else if (seconds < 7200)
		snprintf(buf, size, "%llum", (unsigned long long)seconds / 60);
	else if (seconds < 172800)
		snprintf(
		    buf, size, "%lluh", (unsigned long long)seconds / 3600);
	else
		snprintf(
		    buf, size, "%llud", (unsigned long long)seconds / 86400);
	return buf;
}

/* When it is tried next. */
static void
queue_list_when(const struct queue_item *m, uint64_t now)
{
	char in[32];

	if (strcmp(m->folder, "failed") == 0)
		printf("given up");
	else if (m->state.held)
		printf("held");
	else if (m->state.next > now)
		printf("next try in %s, tried %llu",
		    queue_list_time(in, sizeof in, m->state.next - now),
		    (unsigned long long)m->state.tries);
	else
		printf("due");
}

/* S, a line of it, with what could fool a terminal shown as '?'. */
static void
queue_list_text(const char *before, const char *s, const char *after)
{
	fputs(before, stdout);
	for (; *s; s++)
		putchar((unsigned char)*s < ' ' || *s == 127 ||
			    ((unsigned char)*s >= 0x80 &&
				(unsigned char)*s < 0xa0)
			? '?'
			: *s);
	puts(after);
}

void
queue_list_print(const struct queue_item *m)
{
	uint64_t now = (uint64_t)time(0), then = m->envelope.time;
	char age[32];
	size_t i;

	printf("%.*s  %llu bytes  %s old  ", (int)strcspn(m->name, ","),
	    m->name, (unsigned long long)m->size,
	    queue_list_time(age, sizeof age, now > then ? now - then : 0));
	queue_list_when(m, now);
	queue_list_text("  from <", m->envelope.from, ">");
	for (i = 0; i < m->envelope.to_n; i++)
		if (queue_list_waits(m, i))
			queue_list_text(
			    "    to <", m->envelope.to[i].address, ">");
	for (i = 0; i < m->state.last_n; i += strlen(m->state.last + i) + 1)
		queue_list_text("    ", m->state.last + i, "");
}
