/* SPDX-License-Identifier: ISC */
/* The list of messages: made in one look at the directories, without a stat;
 * all names in one piece of memory, so that 100,000 of them cost little. */
#include "maildrop.h"

#include <errno.h>
#include <fcntl.h>
#include <skalibs/sha256.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "maildir.h"

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
	if (!(d->buf = malloc(MAILDROP_BUFFER)))
		return -1;
	if (maildrop_open_parts(d, path) == 0)
		return 0;
	if (errno != ENOENT || maildir_make(path) < 0)
		return -1;
	return maildrop_open_parts(d, path);
}

/* Seconds, then microseconds where the name has them: 1700000000.M123P45.h */
uint64_t
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
	m->twin = 0;
	m->base = (uint8_t)parts.base;
	m->uid = (uint8_t)parts.uid;
	m->cur = (uint8_t)cur;
	m->deleted = 0;
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

/* One of A and B, neighbours, is a file that moved from new to cur under our
 * eyes; or both have one unique-id. */
static int
maildrop_same(const struct maildrop *d, const struct message *a,
    const struct message *b, size_t an, size_t bn)
{
	return an == bn && a->order == b->order &&
	    memcmp(d->names + a->name, d->names + b->name, an) == 0;
}

/* The first number from TWIN on that makes a unique-id no other message has,
 * for message I. The others of its beginning follow it. */
static uint32_t
maildrop_twin(const struct maildrop *d, size_t i, uint32_t twin)
{
	const struct message *m = &d->m[i], *o;
	const char *name = d->names + m->name;
	char full[MAILDIR_NAME_MAX + 16];
	size_t n;

again:
	memcpy(full, name, m->uid);
	n = m->uid + (size_t)sprintf(full + m->uid, "-%u", twin);
	for (o = m + 1; o < d->m + d->n && o->order == m->order; o++) {
		if (o->uid < m->uid ||
		    memcmp(d->names + o->name, name, m->uid) != 0)
			break;
		if (o->uid == n && memcmp(d->names + o->name, full, n) == 0) {
			twin++;
			goto again;
		}
	}
	return twin;
}

/* Drops the messages that were seen twice, and numbers those that share a
 * unique-id. */
static void
maildrop_tidy(struct maildrop *d)
{
	struct message *a, *b;
	size_t i, k = 0;

	for (i = 0; i < d->n; i++) {
		a = k ? &d->m[k - 1] : 0;
		b = &d->m[i];
		if (a && maildrop_same(d, a, b, a->base, b->base))
			k--;
		else if (a && maildrop_same(d, a, b, a->uid, b->uid))
			b->twin = a->twin ? a->twin + 1 : 2;
		d->m[k++] = *b;
	}
	d->n = k;
	for (i = 1; i < d->n; i++)
		if (d->m[i].twin) {
			uint32_t before = d->m[i - 1].twin;

			d->m[i].twin =
			    maildrop_twin(d, i, before ? before + 1 : 2);
		}
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
	maildrop_tidy(d);
	return 0;
}

/* 1 if the N bytes at S can be a unique-id as they are (RFC 1939, 7). */
static int
maildrop_uid_valid(const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (s[i] < 0x21 || s[i] > 0x7e)
			return 0;
	return n > 0 && n <= MAILDROP_UID;
}

/* A unique-id for any bytes. */
static size_t
maildrop_uid_hash(const char *s, size_t n, char *buf)
{
	SHA256Schedule ctx = SHA256_INIT();
	char digest[32];
	size_t i, k = 0;

	sha256_init(&ctx);
	sha256_update(&ctx, s, n);
	sha256_final(&ctx, digest);
	buf[k++] = '~';
	for (i = 0; i < 20; i++)
		k += (size_t)sprintf(
		    buf + k, "%02x", (unsigned int)(unsigned char)digest[i]);
	return k;
}

size_t
maildrop_uid(const struct maildrop *d, size_t i, char *buf)
{
	const struct message *m = &d->m[i];
	const char *name = d->names + m->name;
	size_t n = m->uid;
	char full[MAILDIR_NAME_MAX + 16];

	memcpy(full, name, n);
	if (m->twin)
		n += (size_t)sprintf(full + n, "-%u", m->twin);
	if (!maildrop_uid_valid(full, n))
		return maildrop_uid_hash(full, n, buf);
	memcpy(buf, full, n);
	buf[n] = 0;
	return n;
}
