/* SPDX-License-Identifier: ISC */
/* Storing messages in a Maildir. */
#include "queue/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "queue/head.h"
#include "quota.h"

enum { STORE_BUFFER = 32768, STORE_HOST_MAX = 64, STORE_ADDRESS_MAX = 1100 };

struct store_work {
	int dir, out;
	char temp[MAILDIR_NAME_MAX + 16]; /* tmp/NAME */
	char base[MAILDIR_NAME_MAX + 1];
	uint64_t s, w; /* octets as stored, octets with CRLF line ends */
	char last;     /* last octet so far */
};

/* One write and its octets counted, both ways. */
static int
store_write(struct store_work *k, const char *p, size_t n)
{
	const char *lf, *from = p;
	ssize_t w;

	k->s += n;
	k->w += n;
	while ((lf = memchr(from, '\n', (size_t)(p + n - from)))) {
		if ((lf == p ? k->last : lf[-1]) != '\r')
			k->w++;
		from = lf + 1;
	}
	if (n)
		k->last = p[n - 1];
	for (; n > 0; p += w, n -= (size_t)w)
		if ((w = write(k->out, p, n)) < 0)
			return -1;
	return 0;
}

/* The header fields of this delivery, put into BUF. Their length, or -1. */
static int
store_fields(const struct store *s, char *buf)
{
	int n = 0;

	if ((s->sender && strlen(s->sender) > STORE_ADDRESS_MAX) ||
	    (s->recipient && strlen(s->recipient) > STORE_ADDRESS_MAX) ||
	    (s->original && strlen(s->original) > STORE_ADDRESS_MAX)) {
		errno = EMSGSIZE;
		return -1;
	}
	if (s->sender)
		n += sprintf(buf + n, "Return-Path: <%s>\n", s->sender);
	if (s->recipient)
		n += sprintf(buf + n, "Delivered-To: %s\n", s->recipient);
	if (s->original)
		n += sprintf(buf + n, "X-Original-To: %s\n", s->original);
	if (s->again)
		n += sprintf(buf + n, "X-Postern-Possible-Duplicate: yes\n");
	return n;
}

static int
store_copy(const struct store *s, struct store_work *k, int fd)
{
	static char buf[STORE_BUFFER];
	ssize_t r;
	int fields = store_fields(s, buf);
	size_t n;

	if (fields < 0)
		return -1;
	n = (size_t)fields;
	while ((r = read(fd, buf + n, sizeof buf - n)) > 0) {
		if (!k->s && s->recipient &&
		    head_delivered_to(buf + n, (size_t)r, s->recipient)) {
			errno = ELOOP;
			return -1;
		}
		if (store_write(k, buf, n + (size_t)r) < 0)
			return -1;
		n = 0;
	}
	if (r == 0 && n > 0)
		return store_write(k, buf, n);
	return (int)r;
}

static int
store_base(const struct store *s, char *base)
{
	char host[STORE_HOST_MAX + 1], *p;

	if (gethostname(host, sizeof host) < 0)
		return -1;
	host[STORE_HOST_MAX] = 0;
	if (!s->id)
		return maildir_unique(base, host);
	for (p = host; *p; p++)
		if (*p == '/' || *p == ':' || *p == ',')
			*p = '_';
	if (snprintf(base, MAILDIR_NAME_MAX, "%s.%s", s->id, host) >
	    MAILDIR_NAME_MAX - 60) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return 0;
}

/* Looks in folder NAME for files that begin with BASE and end there or go on
 * with ',' ':' or '.'; removes them if REMOVE is set. How many, or -1. */
static int
store_look(int dir, const char *name, const char *base, int remove)
{
	struct dirent *d;
	size_t n = strlen(base);
	int fd, found = 0;
	DIR *p;

	if ((fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		return errno == ENOENT ? 0 : -1;
	if (!(p = fdopendir(fd))) {
		close(fd);
		return -1;
	}
	while ((d = readdir(p))) {
		if (strncmp(d->d_name, base, n) != 0 ||
		    !strchr(",:.", d->d_name[n]))
			continue;
		found++;
		if (remove)
			unlinkat(fd, d->d_name, 0);
	}
	closedir(p);
	return found;
}

/* 1 an earlier try has stored it; 0 not; -1 failed. What such a try left in
 * tmp goes: if it still runs, its rename fails and ours is the one. new is
 * looked at twice, since a reader may move the file to cur meanwhile. */
static int
store_before(const struct store_work *k)
{
	static const char *const places[] = {"new", "cur", "new"};
	size_t i;
	int n;

	if (store_look(k->dir, "tmp", k->base, 1) < 0)
		return -1;
	for (i = 0; i < sizeof places / sizeof *places; i++)
		if ((n = store_look(k->dir, places[i], k->base, 0)) != 0)
			return n < 0 ? -1 : 1;
	return 0;
}

/* 0 if there is room for the message; else -1 with errno. */
static int
store_room(const struct store *s, const struct store_work *k)
{
	int r;

	if (k->s > s->quota) {
		errno = EFBIG;
		return -1;
	}
	if ((r = quota_room(k->dir, s->quota, k->s)) == 0)
		errno = EDQUOT;
	return r == 1 ? 0 : -1;
}

/* Moves the file to new. With a quota, deliveries do this one after the other:
 * what is counted is then what is there. */
static int
store_move(const struct store *s, const struct store_work *k,
    const struct store_box *b)
{
	int lock, saved, r = -1;

	if (!s->quota) {
		r = renameat(b->dir, k->temp, b->new, s->name);
		if (r == 0)
			quota_add(b->dir, (int64_t)k->s, 1);
		return r;
	}
	lock = openat(b->dir, "tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (lock >= 0)
		flock(lock, LOCK_EX); /* where it cannot be, it is a guess */
	if (store_room(s, k) == 0 &&
	    (r = renameat(b->dir, k->temp, b->new, s->name)) == 0)
		quota_add(b->dir, (int64_t)k->s, 1);
	saved = errno;
	if (lock >= 0)
		close(lock);
	errno = saved;
	return r;
}

/* Makes the file in tmp, and tmp where that is missing. */
static int
store_create(const struct store_work *k, const struct store_box *b)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
	int fd = openat(b->dir, k->temp, flags, 0600);

	if (fd < 0 && errno == ENOENT && maildir_make(b->maildir) == 0)
		fd = openat(b->dir, k->temp, flags, 0600);
	return fd;
}

/* Writes the file in tmp and moves it to new. 0, or -1 with errno. */
static int
store_file(
    struct store *s, struct store_work *k, const struct store_box *b, int fd)
{
	snprintf(k->temp, sizeof k->temp, "tmp/%.*s.%ld", MAILDIR_NAME_MAX - 20,
	    k->base, (long)getpid());
	k->out = store_create(k, b);
	if (k->out < 0 || store_copy(s, k, fd) < 0)
		return -1;
	if (snprintf(s->name, sizeof s->name, "%s,S=%llu,W=%llu", k->base,
		(unsigned long long)k->s,
		(unsigned long long)k->w) >= (int)sizeof s->name) {
		errno = ENAMETOOLONG;
		return -1;
	}
	s->bytes = k->s;
	return store_move(s, k, b);
}

static void
store_failed(struct store *s, int error)
{
	s->outcome = STORE_FAILED;
	s->error = error;
}

void
store_put(struct store *s, const struct store_box *b, int fd)
{
	struct store_work k = {.dir = b->dir, .out = -1};
	int r = store_base(s, k.base);

	s->out = -1;
	if (r == 0 && s->id && s->again)
		r = store_before(&k);
	if (r > 0) {
		s->outcome = STORE_BEFORE;
	} else if (r == 0 && store_file(s, &k, b, fd) == 0) {
		s->outcome = STORE_DONE;
		s->out = k.out;
	} else {
		store_failed(s, errno);
		if (k.out >= 0) {
			unlinkat(k.dir, k.temp, 0);
			close(k.out);
		}
	}
}

void
store_sync(struct store *s, size_t n, const struct store_box *b)
{
	struct store *i, *end = s + n;
	int any = 0, error = 0;

	for (i = s; i < end; i++)
		if (i->out >= 0) {
			any = 1;
			if (fsync(i->out) < 0)
				store_failed(i, errno);
		}
	if (any && fsync(b->new) < 0)
		error = errno;
	for (i = s; i < end; i++) {
		if (i->out < 0)
			continue;
		close(i->out);
		i->out = -1;
		if (error)
			store_failed(i, error);
		if (i->outcome == STORE_FAILED) {
			unlinkat(b->new, i->name, 0);
			quota_forget(b->dir);
		}
	}
}

static int
store_try(struct store_box *b)
{
	b->dir = open(b->maildir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (b->dir < 0)
		return -1;
	b->new = openat(b->dir, "new", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (b->new >= 0)
		return 0;
	close(b->dir);
	return -1;
}

int
store_open(struct store_box *b, const char *maildir)
{
	b->maildir = maildir;
	if (store_try(b) == 0)
		return 0;
	return errno == ENOENT && maildir_make(maildir) == 0 ? store_try(b)
							     : -1;
}

void
store_close(struct store_box *b)
{
	close(b->new);
	close(b->dir);
}
