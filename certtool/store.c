/* SPDX-License-Identifier: ISC */
/* Files that hold keys and certificates. */
#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"

static void
store_exists(const char *file)
{
	log_die(100, file, " is there already; -f overwrites it", (char *)0);
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

/* Makes the rename last. 0, or -1 with errno. */
static int
store_folder(char *file)
{
	char *slash = strrchr(file, '/');
	int fd, r;

	if (slash)
		slash[slash == file] = 0;
	fd = open(slash ? file : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	r = fd < 0 ? -1 : fsync(fd);
	if (fd >= 0)
		close(fd);
	return r;
}

/* Gives the file TEMP its name. 0, or -1 with errno. */
static int
store_name(const char *temp, const char *file, int force)
{
	return force
	    ? rename(temp, file)
	    : renameat2(AT_FDCWD, temp, AT_FDCWD, file, RENAME_NOREPLACE);
}

void
store_file(
    const char *file, const char *p, size_t n, unsigned int mode, int force)
{
	char temp[PATH_MAX];
	int fd, e;

	if ((size_t)snprintf(temp, sizeof temp, "%s.XXXXXX", file) >=
	    sizeof temp)
		log_die(100, "the name is too long: ", file, (char *)0);
	if ((fd = mkostemp(temp, O_CLOEXEC)) < 0) /* 0600 from the first */
		log_diesys(111, "cannot make a file beside ", file, (char *)0);
	if (store_write(fd, p, n) == 0 && fchmod(fd, (mode_t)mode) == 0 &&
	    store_name(temp, file, force) == 0 && close(fd) == 0 &&
	    store_folder(temp) == 0)
		return;
	e = errno;
	unlink(temp);
	if (e == EEXIST)
		store_exists(file);
	errno = e;
	log_diesys(111, "cannot write ", file, (char *)0);
}
