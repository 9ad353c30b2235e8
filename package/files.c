/* SPDX-License-Identifier: ISC */
/* Files and folders of an instance, made and replaced whole. */
#include "package/files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "package/instance.h"
#include "package/say.h"

void
files_folder(const char *path, mode_t mode, const struct priv_id *id)
{
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		die_sys(111, "cannot make %s", path);
	if (id && chown(path, id->uid, id->gid) < 0)
		die_sys(111, "cannot give away %s", path);
	if (chmod(path, mode) < 0)
		die_sys(111, "cannot set the mode of %s", path);
}

static void
files_new_name(char *name, const char *path)
{
	if (snprintf(name, INSTANCE_PATH, "%s.new", path) >= INSTANCE_PATH)
		die(100, "%s: the path is too long", path);
}

FILE *
files_start(const char *path, mode_t mode)
{
	char name[INSTANCE_PATH];
	struct stat old;
	FILE *f;
	int fd;

	files_new_name(name, path);
	unlink(name);
	fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		die_sys(111, "cannot make %s", name);
	if (stat(path, &old) == 0) {
		mode = old.st_mode & 07777;
		if (fchown(fd, old.st_uid, old.st_gid) < 0)
			die_sys(111, "cannot give away %s", name);
	}
	if (fchmod(fd, mode) < 0 || !(f = fdopen(fd, "w")))
		die_sys(111, "cannot make %s", name);
	return f;
}

void
files_finish(FILE *f, const char *path)
{
	char name[INSTANCE_PATH];

	files_new_name(name, path);
	if (fflush(f) != 0 || fsync(fileno(f)) != 0 || fclose(f) != 0 ||
	    rename(name, path) < 0) {
		int saved = errno;

		unlink(name);
		errno = saved;
		die_sys(111, "cannot write %s", path);
	}
}

void
files_lock(const char *dir)
{
	char name[INSTANCE_PATH];
	int fd;

	if (snprintf(name, sizeof name, "%s/etc/.lock", dir) >=
	    (int)sizeof name)
		die(100, "%s: the path is too long", dir);
	fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || flock(fd, LOCK_EX) < 0)
		die_sys(111, "cannot lock %s", name);
}
