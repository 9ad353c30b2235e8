/* SPDX-License-Identifier: ISC */
/* The list of messages: made in one look at the directories, without a stat;
 * all names in one piece of memory, so that 100,000 of them cost little. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "maildir.h"
#include "mailparts.h"
#include "pop3idle.h"

static int
maildrop_open_parts(struct maildrop *d, const char *path)
{
	static const char *const parts[2] = {"new", "cur"};
	int i;

	if (d->dir < 0)
		d->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (d->dir < 0)
		return -1;
	for (i = 0; i < 2; i++) {
		if (d->sub[i] < 0)
			d->sub[i] = openat(d->dir, parts[i],
			    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (d->sub[i] < 0)
			return -1;
	}
	return 0;
}

int
maildrop_open(struct maildrop *d, const char *path)
{
	memset(d, 0, sizeof *d);
	d->dir = d->sub[0] = d->sub[1] = d->lock = -1;
	if (maildrop_wake(d) < 0)
		return -1;
	if (maildrop_open_parts(d, path) == 0)
		return 0;
	if (errno != ENOENT || maildir_make(path) < 0)
		return -1;
	return maildrop_open_parts(d, path);
}

void
maildrop_sleep(struct maildrop *d)
{
	pop3idle_drop(&d->buf, MAILDROP_BUFFER);
}

int
maildrop_wake(struct maildrop *d)
{
	return pop3idle_have(&d->buf, MAILDROP_BUFFER);
}

/* The time in NAME as a number that sorts: seconds, then microseconds where the
 * name has them: 1700000000.M123P45.h */
static uint64_t
maildrop_order(const char *name)
{
	const uint64_t seconds_max = (1ULL << 43) - 1, micro_max = 999999;
	uint64_t s = 0, us = 0;

	for (; *name >= '0' && *name <= '9'; name++)
		if ((s = s * 10 + (uint64_t)(*name - '0')) > seconds_max)
			s = seconds_max;
	if (name[0] == '.' && name[1] == 'M')
		for (name += 2; *name >= '0' && *name <= '9'; name++)
			if ((us = us * 10 + (uint64_t)(*name - '0')) >
			    micro_max)
				us = micro_max;
	return s << 20 | us;
}

/* Makes room for NEED of UNIT bytes at *P, which holds *SIZE. 0, or -1. */
static int
maildrop_grow(void **p, size_t *size, size_t need, size_t unit, size_t max)
{
	size_t more = *size ? *size : 64;
	void *q;

	if (need <= *size)
		return 0;
	while (more < need)
		more *= 2;
	errno = ENOMEM;
	if (need > max || !(q = realloc(*p, more * unit)))
		return -1;
	*p = q;
	*size = more;
	return 0;
}

int64_t
maildrop_add_name(struct maildrop *d, const char *name)
{
	size_t n = strlen(name) + 1, at = d->names_len;

	if (maildrop_grow((void **)&d->names, &d->names_size, at + n, 1,
		MAILDROP_NAMES_MAX) < 0)
		return -1;
	memcpy(d->names + at, name, n);
	d->names_len += n;
	return (int64_t)at;
}

static int
maildrop_add(struct maildrop *d, int cur, const char *name)
{
	struct maildir_name parts;
	struct message *m;
	int64_t at;

	if (maildrop_grow((void **)&d->m, &d->size, d->n + 1, sizeof *d->m,
		MAILDROP_MAX) < 0 ||
	    (at = maildrop_add_name(d, name)) < 0)
		return -1;
	maildir_parse(name, &parts);
	m = &d->m[d->n++];
	m->order = maildrop_order(name);
	m->octets = parts.w;
	m->name = (uint32_t)at;
	m->twin = m->id = 0;
	m->base = (uint8_t)parts.base;
	m->uid = (uint8_t)parts.uid;
	m->cur = (uint8_t)cur;
	m->deleted = 0;
	m->sized = parts.w >= 0;
	return 0;
}

static int
maildrop_compare_text(const char *a, size_t an, const char *b, size_t bn)
{
	int r = memcmp(a, b, an < bn ? an : bn);

	return r ? r : (an > bn) - (an < bn);
}

/* By time, then unique-id (so that equal ones are neighbours), then base name,
 * then place. */
static int
maildrop_compare(const void *x, const void *y, void *data)
{
	const struct maildrop *d = data;
	const struct message *a = x, *b = y;
	const char *an = d->names + a->name, *bn = d->names + b->name;
	int r;

	if (a->order != b->order)
		return a->order < b->order ? -1 : 1;
	if ((r = maildrop_compare_text(an, a->uid, bn, b->uid)) != 0 ||
	    (r = maildrop_compare_text(an, a->base, bn, b->base)) != 0)
		return r;
	return a->cur - b->cur;
}

struct message *
maildrop_find(struct maildrop *d, const char *name)
{
	struct maildir_name parts;
	const char *other;
	size_t low = 0, high = d->n, mid;
	uint64_t order = maildrop_order(name);
	int r;

	maildir_parse(name, &parts);
	while (low < high) {
		mid = low + (high - low) / 2;
		other = d->names + d->m[mid].name;
		r = (d->m[mid].order > order) - (d->m[mid].order < order);
		if (!r)
			r = maildrop_compare_text(
			    other, d->m[mid].uid, name, parts.uid);
		if (!r)
			r = maildrop_compare_text(
			    other, d->m[mid].base, name, parts.base);
		if (!r)
			return &d->m[mid];
		if (r < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return 0;
}

/* Drops the messages that were seen twice: files that moved from new to cur
 * under our eyes. They are neighbours, the one in cur behind. */
static void
maildrop_once(struct maildrop *d)
{
	const struct message *a, *b;
	size_t i, k = 0;

	for (i = 0; i < d->n; i++) {
		b = &d->m[i];
		a = k ? &d->m[k - 1] : b;
		if (a != b && a->order == b->order && a->base == b->base &&
		    memcmp(d->names + a->name, d->names + b->name, a->base) ==
			0)
			k--;
		d->m[k++] = *b;
	}
	d->n = k;
}

int
maildrop_scan(struct maildrop *d)
{
	static const struct timespec moment = {.tv_nsec = 10000000};
	int tries, r;

	for (tries = 1;; tries++) {
		d->n = d->names_len = 0;
		if ((r = maildrop_walk(d, maildrop_add)) < 0)
			return -1;
		if (r > 0 || tries == MAILDROP_TRIES)
			break;
		nanosleep(&moment, 0);
	}
	if (d->n > 1)
		qsort_r(d->m, d->n, sizeof *d->m, maildrop_compare, d);
	maildrop_once(d);
	maildrop_number(d);
	return 0;
}
