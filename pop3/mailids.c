/* SPDX-License-Identifier: ISC */
/* Unique-ids that another server gave, so that clients of a mailbox that has
 * moved here do not fetch all of it again. Messages that are not in its list
 * have the one of their file name; of several that are the same, all but the
 * first get a number behind. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mailparts.h"
#include "uidlist.h"

enum {
	MAILIDS_MAX = 1 << 28, /* bytes of a list */
	MAILIDS_NUMBER = 11
};

/* One message's id and place from the list. */
static int
mailids_take(void *data, const struct uidlist_entry *e)
{
	struct maildrop *d = data;
	struct message *m;
	int64_t at;

	if (!maildrop_uid_valid(e->id, strlen(e->id)) ||
	    !(m = maildrop_find(d, e->name)) || m->id)
		return 0;
	if (e->place != UINT64_MAX && maildrop_put(d, m, e->place) < 0)
		return -1;
	if ((at = maildrop_add_name(d, e->id)) < 0)
		return -1;
	m->id = (uint32_t)at;
	return 0;
}

/* Gives the others the id of their name, too, to be compared. */
static int
mailids_rest(struct maildrop *d)
{
	char id[MAILDROP_UID + 1];
	int64_t at;
	size_t i;

	for (i = 0; i < d->n; i++) {
		if (d->m[i].id)
			continue;
		maildrop_uid(d, i, id);
		if ((at = maildrop_add_name(d, id)) < 0)
			return -1;
		d->m[i].id = (uint32_t)at;
	}
	return 0;
}

/* By id, then by order. */
static int
mailids_compare(const void *x, const void *y, void *data)
{
	const struct maildrop *d = data;
	uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;
	int r = strcmp(d->names + d->m[a].id, d->names + d->m[b].id);

	return r ? r : (a > b) - (a < b);
}

/* 1 if one of the N messages in BY, sorted by id, has ID. */
static int
mailids_taken(
    const struct maildrop *d, const uint32_t *by, size_t n, const char *id)
{
	size_t low = 0, high = n, mid;
	int r;

	while (low < high) {
		mid = low + (high - low) / 2;
		if ((r = strcmp(d->names + d->m[by[mid]].id, id)) == 0)
			return 1;
		if (r < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return 0;
}

/* Message M's id with a number behind that no other message has. NUMBER is the
 * last one tried for this id. */
static int
mailids_number(struct maildrop *d, const uint32_t *by, uint32_t m,
    unsigned int *number, uint32_t *given)
{
	char id[MAILDROP_UID + 16], base[MAILDROP_UID + 1];
	const char *old = d->names + d->m[m].id;
	int64_t at;

	if (strlen(old) + MAILIDS_NUMBER > MAILDROP_UID)
		maildrop_uid_hash(old, strlen(old), base);
	else
		strcpy(base, old);
	do
		snprintf(id, sizeof id, "%s-%u", base, ++*number);
	while (mailids_taken(d, by, d->n, id));
	if ((at = maildrop_add_name(d, id)) < 0)
		return -1;
	*given = (uint32_t)at;
	return 0;
}

/* Numbers those that are the same. They keep their places in BY meanwhile. */
static int
mailids_apart(struct maildrop *d, const uint32_t *by, uint32_t *given)
{
	unsigned int number = 1;
	size_t k;

	for (k = 1; k < d->n; k++) {
		if (strcmp(d->names + d->m[by[k - 1]].id,
			d->names + d->m[by[k]].id) != 0)
			number = 1;
		else if (mailids_number(d, by, by[k], &number, &given[by[k]]) <
		    0)
			return -1;
	}
	for (k = 0; k < d->n; k++)
		if (given[k])
			d->m[k].id = given[k];
	return 0;
}

static int
mailids_unique(struct maildrop *d)
{
	uint32_t *by = calloc(d->n + 1, 2 * sizeof *by);
	size_t i;
	int r;

	if (!by)
		return -1;
	for (i = 0; i < d->n; i++)
		by[i] = (uint32_t)i;
	qsort_r(by, d->n, sizeof *by, mailids_compare, d);
	r = mailids_apart(d, by, by + d->n);
	free(by);
	return r;
}

/* All of FILE, room for a NUL behind, owned by the caller; null with errno. */
static char *
mailids_read(const struct maildrop *d, const char *file, size_t *n)
{
	int fd = openat(d->dir, file, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	char *s = 0;
	ssize_t r = -1;

	if (fd < 0)
		return 0;
	errno = EFBIG;
	if (fstat(fd, &st) == 0 && st.st_size <= MAILIDS_MAX &&
	    (s = malloc((size_t)st.st_size + 1)))
		r = read(fd, s, (size_t)st.st_size);
	close(fd);
	if (r < 0) {
		free(s);
		return 0;
	}
	*n = (size_t)r;
	return s;
}

int
maildrop_ids(struct maildrop *d, const char *file)
{
	size_t n;
	char *s = mailids_read(d, file, &n);
	int r;

	if (!s)
		return errno == ENOENT ? 0 : -1;
	r = uidlist_walk(s, n, mailids_take, d);
	free(s);
	if (r < 0 || mailids_rest(d) < 0 || mailids_unique(d) < 0)
		return -1;
	return maildrop_sort(d);
}
