/* SPDX-License-Identifier: ISC */
/* The folder of certificate bundles: what has changed since the last look.
 *
 * A look is a few system calls, so the master just looks each second. It sees
 * what inotify would miss: the file behind a symbolic link, another file
 * system. */
#include "folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tlsreq.h"

/* The length of NAME in "NAME.pem", or 0 if FILE is no bundle's name. */
static size_t
folder_name(const char *file)
{
	size_t i, n = strlen(file);

	if (n <= 4 || n - 4 > NAMES_MAX || strcmp(file + n - 4, ".pem") != 0 ||
	    strcmp(file, "ca.pem") == 0 || !tlsreq_host(file, n - 4))
		return 0;
	for (i = 0; i < n; i++)
		if (file[i] >= 'A' && file[i] <= 'Z')
			return 0;
	return n - 4;
}

/* Adds FILE to F. 0, or -1 with errno. One that vanishes is not there. */
static int
folder_add(struct folder *f, const char *file, size_t *room)
{
	size_t n = folder_name(file);
	struct folder_file *p;

	if (!n)
		return 0;
	if (f->n == *room) {
		if (f->n >= FOLDER_MAX ||
		    !(p = reallocarray(f->file, *room + 64, sizeof *p)))
			return -1;
		f->file = p;
		*room += 64;
	}
	p = &f->file[f->n];
	memcpy(p->name, file, n);
	p->name[n] = 0;
	if (fstatat(f->dir, file, &p->st, 0) < 0)
		return errno == ENOENT ? 0 : -1;
	if (S_ISREG(p->st.st_mode))
		f->n++;
	return 0;
}

static int
folder_compare(const void *a, const void *b)
{
	return strcmp(((const struct folder_file *)a)->name,
	    ((const struct folder_file *)b)->name);
}

/* Fills F, which has only its folder. 0, or -1 with errno. */
static int
folder_read(struct folder *f)
{
	int fd = openat(f->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? 0 : fdopendir(fd);
	struct dirent *e;
	size_t room = 0;
	int r = 0;

	if (!d) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	while (r == 0 && (errno = 0, e = readdir(d)))
		r = folder_add(f, e->d_name, &room);
	if (r == 0 && errno)
		r = -1;
	closedir(d);
	if (r == 0 && f->n)
		qsort(f->file, f->n, sizeof *f->file, folder_compare);
	return r;
}

static int
folder_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
	    a->st_size == b->st_size &&
	    a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	    a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
	    a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
	    a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

int
folder_look(struct folder *f,
    void (*changed)(void *arg, const char *name, int gone), void *arg)
{
	struct folder now = {.dir = f->dir};
	size_t i = 0, j = 0;
	int c;

	if (folder_read(&now) < 0) {
		free(now.file);
		return -1;
	}
	while (i < f->n || j < now.n) {
		c = i == f->n    ? 1
		    : j == now.n ? -1
				 : folder_compare(&f->file[i], &now.file[j]);
		if (c < 0)
			changed(arg, f->file[i].name, 1);
		else if (c > 0 || !folder_same(&f->file[i].st, &now.file[j].st))
			changed(arg, now.file[j].name, 0);
		i += c <= 0;
		j += c >= 0;
	}
	free(f->file);
	*f = now;
	return 0;
}
