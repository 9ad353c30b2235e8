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

int
maildrop_open_file(const struct maildrop *d, size_t i, int how)
{
	const struct message *m = &d->m[i];
	int fd = openat(d->sub[m->cur], d->names + m->name,
	    O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | how);

	if (fd < 0 && errno == EPERM && how)
		return maildrop_open_file(d, i, 0);
	return fd;
}

int
maildrop_file(struct maildrop *d, size_t i, int how)
{
	int fd, r, tries;

	for (tries = 0;; tries++) {
		fd = maildrop_open_file(d, i, how);
		if (fd >= 0 || errno != ENOENT)
			return fd;
		r = tries < MAILDROP_TRIES ? maildrop_look_again(d) : 0;
		if (r <= 0) {
			errno = r ? errno : ENOENT;
			return -1;
		}
	}
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
