/* SPDX-License-Identifier: ISC */
/* Policies that are kept. A file is lines "NAME VALUE", an empty one, and the
 * policy as it came; its time is when it ends. */
#include "smtp/stscache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { STSCACHE_HEAD = 1024, STSCACHE_DAY = 86400 };

static const char stscache_begin[] = "mtasts 1\n";
static const char stscache_swept[] = ".swept";

/* A number from S, or 0. */
static uint64_t
stscache_number(const char *s)
{
	return *s >= '0' && *s <= '9' ? strtoull(s, 0, 10) : 0;
}

static void
stscache_copy(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from);
}

/* A line of the head. */
static void
stscache_line(struct stscache *c, const char *line)
{
	const char *value = line + strcspn(line, " ");
	size_t n = (size_t)(value - line);

	value += *value == ' ';
	if (n == 2 && strncmp(line, "id", n) == 0)
		stscache_copy(c->id, sizeof c->id, value);
	else if (n == 5 && strncmp(line, "tried", n) == 0)
		stscache_copy(c->tried, sizeof c->tried, value);
	else if (n == 6 && strncmp(line, "failed", n) == 0)
		stscache_copy(c->failed, sizeof c->failed, value);
	else if (n == 7 && strncmp(line, "fetched", n) == 0)
		c->fetched = stscache_number(value);
	else if (n == 5 && strncmp(line, "until", n) == 0)
		c->until = stscache_number(value);
	else if (n == 4 && strncmp(line, "when", n) == 0)
		c->when = stscache_number(value);
}

static void
stscache_clear(struct stscache *c)
{
	*c->id = *c->tried = *c->failed = 0;
	c->fetched = c->until = c->when = 0;
	c->n = 0;
}

int
stscache_parse(struct stscache *c, const char *file, size_t n)
{
	const char *end = file + n, *next;
	char line[STSCACHE_HEAD];
	size_t len = sizeof stscache_begin - 1;

	stscache_clear(c);
	if (n < len || memcmp(file, stscache_begin, len) != 0)
		return 0;
	for (file += len; file < end; file = next + 1) {
		if (!(next = memchr(file, '\n', (size_t)(end - file))))
			break;
		len = (size_t)(next - file);
		if (len >= sizeof line || memchr(file, 0, len))
			break;
		if (len == 0) {
			c->n = (size_t)(end - next - 1);
			if (c->n > sizeof c->text)
				break;
			memcpy(c->text, next + 1, c->n);
			return 1;
		}
		memcpy(line, file, len);
		line[len] = 0;
		stscache_line(c, line);
	}
	stscache_clear(c);
	return 0;
}

int
stscache_read(int dir, const char *domain, struct stscache *c)
{
	static char file[STSCACHE_HEAD + STSPOLICY_TEXT];
	int fd = openat(dir, domain, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), e;
	size_t n = 0;
	ssize_t r;

	stscache_clear(c);
	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	while (
	    n < sizeof file && ((r = read(fd, file + n, sizeof file - n)) > 0))
		n += (size_t)r;
	e = errno;
	close(fd);
	errno = e;
	return r < 0 ? -1 : stscache_parse(c, file, n);
}

/* Removes what has ended, if that was not done today. */
static void
stscache_sweep(int dir, time_t now)
{
	const struct dirent *e;
	struct stat st;
	int fd;
	DIR *d;

	if (fstatat(dir, stscache_swept, &st, 0) == 0 &&
	    st.st_mtime > now - STSCACHE_DAY && st.st_mtime <= now)
		return;
	fd = openat(dir, stscache_swept, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	futimens(fd, 0);
	close(fd);
	fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || !(d = fdopendir(fd))) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while ((e = readdir(d)))
		if (fstatat(dir, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    st.st_mtime <
			(*e->d_name == '.' ? now - STSCACHE_DAY : now))
			unlinkat(dir, e->d_name, 0);
	closedir(d);
}

/* All of C, to FD. 0, or -1. */
static int
stscache_put(int fd, const struct stscache *c)
{
	struct timespec t[2] = {{0, UTIME_NOW}, {0, 0}};

	t[1].tv_sec = (time_t)(c->until > c->when + STSCACHE_DAY
		? c->until
		: c->when + STSCACHE_DAY);
	if (dprintf(fd,
		"%sid %s\nfetched %llu\nuntil %llu\ntried %s\nwhen %llu\n"
		"failed %s\n\n",
		stscache_begin, c->id, (unsigned long long)c->fetched,
		(unsigned long long)c->until, c->tried,
		(unsigned long long)c->when, c->failed) < 0 ||
	    write(fd, c->text, c->n) != (ssize_t)c->n || fsync(fd) < 0)
		return -1;
	return futimens(fd, t);
}

int
stscache_write(int dir, const char *domain, const struct stscache *c)
{
	char name[64];
	int fd, r, e;

	snprintf(name, sizeof name, ".new.%ld", (long)getpid());
	fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	r = stscache_put(fd, c);
	e = errno;
	close(fd);
	if (r == 0 && renameat(dir, name, dir, domain) == 0) {
		stscache_sweep(dir, time(0));
		return 0;
	}
	if (r == 0)
		e = errno;
	unlinkat(dir, name, 0);
	errno = e;
	return -1;
}
