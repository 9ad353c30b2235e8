/* SPDX-License-Identifier: ISC */
/* The files of a maildrop. Other programs may rename them (new to cur, other
 * flags) or remove them at any time; the base name stays. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "maildir.h"
#include "mailparts.h"
#include "quota.h"

/* NAME was seen in new or cur: notes where its message is now. */
static int
maildrop_moved(struct maildrop *d, int cur, const char *name)
{
	struct message *m = maildrop_find(d, name);
	int64_t at;

	if (!m || (m->cur == cur && strcmp(d->names + m->name, name) == 0))
		return 0;
	if ((at = maildrop_add_name(d, name)) < 0)
		return -1;
	m->name = (uint32_t)at;
	m->cur = (uint8_t)cur;
	return 0;
}

/* Looks where the messages are now. 1 looked; 0 nothing has changed since the
 * last look; -1 failed. */
static int
maildrop_look_again(struct maildrop *d)
{
	if (maildrop_unchanged(d))
		return 0;
	return maildrop_walk(d, maildrop_moved) < 0 ? -1 : 1;
}

/* As maildrop_file, with HOW more to open it. */
static int
maildrop_open_file(struct maildrop *d, size_t i, int how)
{
	const struct message *m = &d->m[i];
	int fd, r, tries;

	for (tries = 0;; tries++) {
		fd = openat(d->sub[m->cur], d->names + m->name,
		    O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | how);
		if (fd < 0 && errno == EPERM && how)
			return maildrop_open_file(d, i, 0);
		if (fd >= 0 || errno != ENOENT)
			return fd;
		r = tries < MAILDROP_TRIES ? maildrop_look_again(d) : 0;
		if (r <= 0) {
			errno = r ? errno : ENOENT;
			return -1;
		}
	}
}

int
maildrop_file(struct maildrop *d, size_t i)
{
	return maildrop_open_file(d, i, 0);
}

/* Adds to *OCTETS what N bytes at S are on the wire; *LAST is the byte before
 * them (0: none). */
static void
maildrop_count(const char *s, size_t n, char *last, int64_t *octets)
{
	const char *end = s + n, *lf;

	*octets += (int64_t)n;
	if (n && s[0] == '\n' && *last != '\r')
		++*octets;
	for (lf = s + 1;
	     lf < end && (lf = memchr(lf, '\n', (size_t)(end - lf))); lf++)
		*octets += lf[-1] != '\r';
	if (n)
		*last = s[n - 1];
}

int64_t
maildrop_octets(struct maildrop *d, size_t i)
{
	struct message *m = &d->m[i];
	int64_t octets = 0;
	char last = 0;
	ssize_t n;
	int fd;

	if (m->octets < 0 && !d->indexed)
		maildrop_index_load(d);
	if (m->octets >= 0)
		return m->octets;
	m->octets = 0;
	d->counted++;
	/* to count it is not to have read it; and a new time for each of
	 * 100,000 files costs as much as all the rest */
	if ((fd = maildrop_open_file(d, i, O_NOATIME)) < 0)
		return 0;
	/* a short read of a file is its end: most messages take only one */
	do
		if ((n = read(fd, d->buf, MAILDROP_BUFFER)) > 0)
			maildrop_count(d->buf, (size_t)n, &last, &octets);
	while (n == MAILDROP_BUFFER);
	close(fd);
	if (n < 0) {
		log_event("error", "reason", "cannot read a message", "file",
		    d->names + m->name, (char *)0);
		return 0;
	}
	/* the last line is ended where it is not */
	if (octets && last != '\n')
		octets += last == '\r' ? 1 : 2;
	return m->octets = octets;
}

/* Removes the deleted messages where they are now. Those that were not found
 * stay marked, those that were are MAILDROP_REMOVED, and 1 goes to CHANGED of
 * their directory. How many were not found; -1 some cannot be removed. */
static int
maildrop_remove(struct maildrop *d, int changed[2])
{
	struct message *m;
	int missing = 0, failed = 0;

	for (m = d->m; m < d->m + d->n; m++) {
		if (m->deleted != MAILDROP_DELETED)
			continue;
		if (unlinkat(d->sub[m->cur], d->names + m->name, 0) == 0) {
			changed[m->cur] = 1;
			m->deleted = MAILDROP_REMOVED;
		} else if (errno == ENOENT) {
			missing++;
		} else {
			failed = 1;
		}
	}
	return failed ? -1 : missing;
}

/* Tells the quota what was removed; without sizes in the names, that it must be
 * counted anew. */
static void
maildrop_tell(const struct maildrop *d)
{
	const struct message *m;
	struct maildir_name name;
	int64_t bytes = 0, messages = 0;
	int unknown = 0;

	for (m = d->m; m < d->m + d->n; m++) {
		if (m->deleted != MAILDROP_REMOVED)
			continue;
		maildir_parse(d->names + m->name, &name);
		messages++;
		if (name.s == MAILDIR_NONE)
			unknown = 1;
		else
			bytes += name.s;
	}
	if (unknown)
		quota_forget(d->dir);
	else if (messages)
		quota_add(d->dir, -bytes, -messages);
}

int
maildrop_expunge(struct maildrop *d)
{
	int changed[2] = {0, 0}, r, i;

	r = maildrop_remove(d, changed);
	/* those that are missing were moved, or are gone, which is as good */
	if (r > 0) {
		r = maildrop_walk(d, maildrop_moved);
		if (r >= 0)
			r = maildrop_remove(d, changed);
	}
	for (i = 0; i < 2; i++)
		if (changed[i] && fsync(d->sub[i]) < 0)
			r = -1;
	maildrop_tell(d);
	return r < 0 ? -1 : 0;
}
