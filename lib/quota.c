/* SPDX-License-Identifier: ISC */
/* The quota of a Maildir, as Maildir++ keeps it. */
#include "quota.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "maildir.h"

static const char quota_file[] = "maildirsize";

/* The number at *S, which moves behind it: 1, or 0 there is none. */
static int
quota_number(const char **s, int64_t *n)
{
	char *end;

	*s += strspn(*s, " ");
	errno = 0;
	*n = strtoll(*s, &end, 10);
	if (end == *s || errno || *n > INT64_MAX / 4 || *n < INT64_MIN / 4)
		return 0;
	*s = end;
	return 1;
}

/* The first line: numbers with S (bytes) or C (messages) behind, and commas
 * between. */
static int
quota_limit(const char **s, uint64_t *limit)
{
	int64_t n;

	for (*limit = 0;; (*s)++) {
		if (!quota_number(s, &n) || n < 0)
			return 0;
		if (**s == 'S')
			*limit = (uint64_t)n;
		else if (**s != 'C')
			return 0;
		if (*++*s != ',')
			return *(*s)++ == '\n';
	}
}

int
quota_parse(
    const char *text, uint64_t *limit, struct quota_sum *sum, unsigned *lines)
{
	int64_t bytes, messages;

	sum->bytes = sum->messages = 0;
	*lines = 0;
	if (!quota_limit(&text, limit))
		return 0;
	for (; *text; ++*lines) {
		if (!quota_number(&text, &bytes) ||
		    !quota_number(&text, &messages))
			return 0;
		text += strspn(text, " ");
		if (*text++ != '\n' ||
		    __builtin_add_overflow(sum->bytes, bytes, &sum->bytes) ||
		    __builtin_add_overflow(
			sum->messages, messages, &sum->messages))
			return 0;
	}
	return 1;
}

/* What maildirsize says, if it can be believed. 1, 0, or -1 with errno. */
static int
quota_read(
    int dir, uint64_t limit, struct quota_sum *sum, unsigned *lines, time_t *at)
{
	char text[QUOTA_FILE_MAX + 1];
	uint64_t theirs;
	struct stat st;
	ssize_t n;
	int fd = openat(
	    dir, quota_file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	if (fd < 0)
		return errno == ENOENT || errno == ELOOP ? 0 : -1;
	n = fstat(fd, &st) < 0 ? -1 : read(fd, text, sizeof text);
	close(fd);
	if (n < 0)
		return -1;
	if ((size_t)n == sizeof text)
		return 0;
	text[n] = 0;
	*at = st.st_mtime;
	return quota_parse(text, &theirs, sum, lines) && theirs == limit &&
	    sum->bytes >= 0 && sum->messages >= 0;
}

/* Adds the messages in folder NAME of DIR. 0, or -1 with errno. */
static int
quota_count_in(int dir, const char *name, struct quota_sum *sum)
{
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? 0 : fdopendir(fd);
	struct maildir_name n;
	struct dirent *e;
	struct stat st;

	if (!d) {
		if (fd >= 0)
			close(fd);
		return errno == ENOENT || errno == ENOTDIR ? 0 : -1;
	}
	while ((e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		maildir_parse(e->d_name, &n);
		if (n.s == MAILDIR_NONE &&
		    fstatat(fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0)
			n.s = st.st_size;
		sum->bytes += n.s > 0 ? n.s : 0;
		sum->messages++;
	}
	closedir(d);
	return 0;
}

/* Adds the messages of the Maildir, or folder of it, NAME. 0 or -1. */
static int
quota_count_maildir(int dir, const char *name, struct quota_sum *sum)
{
	char path[MAILDIR_NAME_MAX + 8];

	snprintf(path, sizeof path, "%s/new", name);
	if (quota_count_in(dir, path, sum) < 0)
		return -1;
	snprintf(path, sizeof path, "%s/cur", name);
	return quota_count_in(dir, path, sum);
}

static int
quota_count(int dir, struct quota_sum *sum)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), r;
	DIR *d = fd < 0 ? 0 : fdopendir(fd);
	struct dirent *e;

	sum->bytes = sum->messages = 0;
	if (!d)
		return -1;
	r = quota_count_maildir(dir, ".", sum);
	while (r == 0 && (e = readdir(d)))
		if (e->d_name[0] == '.' && e->d_name[1] &&
		    strcmp(e->d_name, "..") != 0)
			r = quota_count_maildir(dir, e->d_name, sum);
	closedir(d);
	return r;
}

/* Writes maildirsize anew. That it cannot be written is no harm: the next who
 * asks counts again. */
static void
quota_write(int dir, uint64_t limit, const struct quota_sum *sum)
{
	char temp[MAILDIR_NAME_MAX + 8], name[MAILDIR_NAME_MAX + 1], text[128];
	int fd, n, bad;

	if (maildir_unique(name, "maildirsize") < 0)
		return;
	snprintf(temp, sizeof temp, "tmp/%s", name);
	n = snprintf(text, sizeof text, "%lluS\n%12lld %12lld\n",
	    (unsigned long long)limit, (long long)sum->bytes,
	    (long long)sum->messages);
	fd = openat(dir, temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	bad = write(fd, text, (size_t)n) != n;
	if (close(fd) < 0 || bad || renameat(dir, temp, dir, quota_file) < 0)
		unlinkat(dir, temp, 0);
}

static int
quota_fits(const struct quota_sum *sum, uint64_t limit, uint64_t size)
{
	return size <= limit && (uint64_t)sum->bytes <= limit - size;
}

int
quota_room(int dir, uint64_t limit, uint64_t size)
{
	struct quota_sum sum;
	unsigned lines;
	time_t at;
	int known = quota_read(dir, limit, &sum, &lines, &at);

	if (known < 0)
		return -1;
	if (known && quota_fits(&sum, limit, size))
		return 1;
	if (known && lines <= 1 && time(0) - at < QUOTA_STALE)
		return 0;
	if (quota_count(dir, &sum) < 0)
		return -1;
	quota_write(dir, limit, &sum);
	return quota_fits(&sum, limit, size);
}

void
quota_forget(int dir)
{
	int saved = errno;

	unlinkat(dir, quota_file, 0);
	errno = saved;
}

void
quota_add(int dir, int64_t bytes, int64_t messages)
{
	char text[64];
	int n, saved = errno,
	       fd = openat(dir, quota_file,
		   O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	if (fd < 0) {
		errno = saved;
		return;
	}
	n = snprintf(text, sizeof text, "%12lld %12lld\n", (long long)bytes,
	    (long long)messages);
	if (write(fd, text, (size_t)n) != n)
		quota_forget(dir);
	close(fd);
	errno = saved;
}
