/* SPDX-License-Identifier: ISC */
/* Files that hold keys and certificates. */
#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "package/say.h"

static void
store_exists(const char *file)
{
	die(100, "%s is there already; -f overwrites it", file);
}

void
store_absent(const char *file)
{
	struct stat st;

	if (lstat(file, &st) == 0)
		store_exists(file);
}

/* Writes all and waits for the disk. 0, or -1 with errno. */
static int
store_write(int fd, const char *p, size_t n)
{
	ssize_t w;

	while (n > 0) {
		if ((w = write(fd, p, n)) < 0 && errno != EINTR)
			return -1;
		if (w > 0) {
			p += w;
			n -= (size_t)w;
		}
	}
	return fsync(fd);
}

/* Opens the folder FILE lies in. -1 with errno. */
static int
store_open_folder(const char *file)
{
	char dir[PATH_MAX];
	const char *slash = strrchr(file, '/');
	size_t n = slash ? (size_t)(slash - file) : 0;

	if (n >= sizeof dir) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(dir, slash ? "/" : ".");
	if (n) {
		memcpy(dir, file, n);
		dir[n] = 0;
	}
	return open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int
store_folder(const char *file)
{
	int fd = store_open_folder(file), r;

	if (fd < 0)
		return -1;
	r = fsync(fd);
	close(fd);
	return r;
}

void
store_lock(const char *file)
{
	int fd = store_open_folder(file);

	if (fd < 0 || flock(fd, LOCK_EX) < 0)
		die_sys(111, "cannot lock the folder of %s", file);
}

void
store_sweep(const char *file)
{
	char pattern[PATH_MAX];
	glob_t g;
	size_t i;

	if ((size_t)snprintf(pattern, sizeof pattern, "%s.new.??????", file) >=
		sizeof pattern ||
	    glob(pattern, GLOB_NOSORT, 0, &g) != 0)
		return;
	for (i = 0; i < g.gl_pathc; i++)
		unlink(g.gl_pathv[i]);
	globfree(&g);
}

void
store_temp(const struct store *s, const char *p, size_t n, char *temp)
{
	int fd, saved;

	if (snprintf(temp, PATH_MAX, "%s.new.XXXXXX", s->file) >= PATH_MAX)
		die(100, "the name is too long: %s", s->file);
	if ((fd = mkostemp(temp, O_CLOEXEC)) < 0) /* 0600 from the first */
		die_sys(111, "cannot make a file beside %s", s->file);
	if ((!s->owner || fchown(fd, s->owner->uid, s->owner->gid) == 0) &&
	    fchmod(fd, s->mode) == 0 && store_write(fd, p, n) == 0 &&
	    close(fd) == 0)
		return;
	saved = errno;
	unlink(temp);
	errno = saved;
	die_sys(111, "cannot write %s", s->file);
}

void
store_file(const struct store *s, const char *p, size_t n)
{
	char temp[PATH_MAX];
	int saved;

	store_temp(s, p, n, temp);
	if ((s->force ? rename(temp, s->file)
		      : renameat2(AT_FDCWD, temp, AT_FDCWD, s->file,
			    RENAME_NOREPLACE)) == 0) {
		if (store_folder(s->file) < 0)
			die_sys(111, "cannot fsync the folder of %s", s->file);
		return;
	}
	saved = errno;
	unlink(temp);
	if (saved == EEXIST)
		store_exists(s->file);
	errno = saved;
	die_sys(111, "cannot write %s", s->file);
}

void
store_bio(const struct store *s, BIO *b)
{
	char *p;
	long n = BIO_get_mem_data(b, &p);

	store_file(s, p, (size_t)n);
}
