/* SPDX-License-Identifier: ISC */
/* A look at new and cur. A file that another program renames meanwhile can be
 * missed by readdir, so the times of both directories tell if one was. */
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "maildir.h"
#include "mailparts.h"

enum { MAILDROP_TICK_NS = 10000000 }; /* the coarsest clock of files */

static int
maildrop_same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

/* The time of the last change in new and cur. 0 or -1. */
static int
maildrop_times(const struct maildrop *d, struct timespec *t)
{
	struct stat st;
	int i;

	for (i = 0; i < 2; i++) {
		if (fstat(d->sub[i], &st) < 0)
			return -1;
		t[i] = st.st_mtim;
	}
	return 0;
}

int
maildrop_unchanged(const struct maildrop *d)
{
	struct timespec t[2];

	return maildrop_times(d, t) == 0 &&
	    maildrop_same_time(&t[0], &d->seen[0]) &&
	    maildrop_same_time(&t[1], &d->seen[1]);
}

/* 1 if T was so short a time ago that a second change could bear it too. */
static int
maildrop_recent(const struct timespec *t)
{
	struct timespec now;

	if (clock_gettime(CLOCK_REALTIME, &now) < 0)
		return 1;
	return (now.tv_sec - t->tv_sec) * 1000000000LL + now.tv_nsec -
	    t->tv_nsec <
	    MAILDROP_TICK_NS;
}

static int
maildrop_wanted(const struct dirent64 *e)
{
	return e->d_name[0] != '.' &&
	    (e->d_type == DT_REG || e->d_type == DT_LNK ||
		e->d_type == DT_UNKNOWN) &&
	    strlen(e->d_name) <= MAILDIR_NAME_MAX;
}

static int
maildrop_look(struct maildrop *d, int cur, maildrop_each *each)
{
	const struct dirent64 *e;
	ssize_t n, at;

	if (lseek(d->sub[cur], 0, SEEK_SET) < 0)
		return -1;
	while ((n = getdents64(d->sub[cur], d->buf, MAILDROP_BUFFER)) > 0)
		for (at = 0; at < n; at += e->d_reclen) {
			e = (const void *)(d->buf + at);
			if (maildrop_wanted(e) && each(d, cur, e->d_name) < 0)
				return -1;
		}
	return n < 0 ? -1 : 0;
}

int
maildrop_walk(struct maildrop *d, maildrop_each *each)
{
	int recent;

	if (maildrop_times(d, d->seen) < 0)
		return -1;
	recent = maildrop_recent(&d->seen[0]) || maildrop_recent(&d->seen[1]);
	if (maildrop_look(d, 0, each) < 0 || maildrop_look(d, 1, each) < 0)
		return -1;
	return !recent && maildrop_unchanged(d);
}
