/* SPDX-License-Identifier: ISC */
/* How queued learns of messages. */
#include "queue/intake.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "queue/order.h"
#include "queue/schedule.h"

enum { INTAKE_BUFFER = 16384, INTAKE_STALE = 86400 };

static void
intake_watch_one(int fd, int dir, uint32_t mask)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/self/fd/%d", dir);
	if (inotify_add_watch(fd, path, mask) < 0)
		log_diesys(111, "cannot watch the queue", (char *)0);
}

int
intake_watch(const struct queue_dirs *q)
{
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	if (fd < 0)
		log_diesys(111, "cannot watch the queue", (char *)0);
	intake_watch_one(fd, q->incoming, IN_MOVED_TO);
	/* messages are moved there; only orders are made there */
	intake_watch_one(fd, q->active, IN_CREATE);
	return fd;
}

static DIR *
intake_open(int dir)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? 0 : fdopendir(fd);

	if (!d)
		log_diesys(111, "cannot read a folder of the queue", (char *)0);
	return d;
}

/* Moves incoming/NAME to active/: from here on it may have been tried. A file
 * that has not the size its name tells was cut off before it was
 * acknowledged. */
static void
intake_take(
    const struct queue_dirs *q, const char *name, intake_each *each, void *data)
{
	struct stat st;
	uint64_t size;
	int to = q->active;

	if (!envelope_name(name, &size))
		return;
	if (fstatat(q->incoming, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		if (errno == ENOENT)
			return; /* taken already, or given up by its writer */
		log_diesys(111, "cannot look at incoming/", name, (char *)0);
	}
	if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size != size)
		to = q->failed;
	if (renameat(q->incoming, name, to, name) < 0) {
		if (errno != ENOENT)
			log_diesys(
			    111, "cannot take incoming/", name, (char *)0);
		return;
	}
	if (to == q->active)
		each(data, name, (uint64_t)time(0), 0);
	else
		log_event(
		    "cut-off", "name", name, "moved-to", "failed", (char *)0);
}

void
intake_scan(const struct queue_dirs *q, intake_each *each, void *data)
{
	DIR *d = intake_open(q->incoming);
	struct dirent *e;

	while ((e = readdir(d)))
		intake_take(q, e->d_name, each, data);
	closedir(d);
}

void
intake_active(const struct queue_dirs *q, intake_each *each, void *data)
{
	DIR *d = intake_open(q->active);
	struct dirent *e;
	struct state s;
	uint64_t size;

	while ((e = readdir(d))) {
		if (!envelope_name(e->d_name, &size))
			continue;
		if (state_read(q->state, e->d_name, &s) != 1)
			s.next = 0;
		if (s.held)
			s.next = SCHEDULE_NEVER;
		each(data, e->d_name, s.next, 1);
		state_free(&s);
	}
	closedir(d);
}

void
intake_orders(const struct queue_dirs *q, intake_order *order, void *data)
{
	DIR *d = intake_open(q->active);
	struct dirent *e;

	while ((e = readdir(d)))
		if (order_name(e->d_name))
			order(data, e->d_name);
	closedir(d);
}

void
intake_read(int fd, const struct queue_dirs *q, intake_each *each,
    intake_order *order, void *data)
{
	union {
		struct inotify_event event;
		char bytes[INTAKE_BUFFER];
	} buf;
	const struct inotify_event *e;
	ssize_t n, at;

	while ((n = read(fd, &buf, sizeof buf)) > 0)
		for (at = 0; at < n; at += (ssize_t)(sizeof *e + e->len)) {
			e = (const void *)(buf.bytes + at);
			if (e->mask & IN_Q_OVERFLOW) {
				intake_scan(q, each, data);
				intake_orders(q, order, data);
			} else if (e->len && (e->mask & IN_CREATE)) {
				if (order_name(e->name))
					order(data, e->name);
			} else if (e->len)
				intake_take(q, e->name, each, data);
		}
}

void
intake_tidy(const struct queue_dirs *q)
{
	DIR *d = intake_open(q->incoming);
	time_t now = time(0);
	struct dirent *e;
	struct stat st;

	while ((e = readdir(d)))
		if (strncmp(e->d_name, "tmp.", 4) == 0 &&
		    fstatat(q->incoming, e->d_name, &st, AT_SYMLINK_NOFOLLOW) ==
			0 &&
		    now - st.st_mtime > INTAKE_STALE)
			unlinkat(q->incoming, e->d_name, 0);
	closedir(d);
}
