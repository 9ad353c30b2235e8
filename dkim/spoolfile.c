/* SPDX-License-Identifier: ISC */
/* A message on its way through a filter. */
#include "dkim/spoolfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void
spoolfile_init(struct spoolfile *s)
{
	s->fd = -1;
	s->n = 0;
}

/* On the disk of the queue, where a name that a crash leaves is tidied away by
 * queued; else where such files go. */
static int
spoolfile_open(void)
{
	const char *queue = getenv("QUEUEDIR"), *tmp = getenv("TMPDIR");
	char name[PATH_MAX];
	int fd;

	if (queue)
		snprintf(name, sizeof name, "%s/incoming/tmp.dkim.%ld", queue,
		    (long)getpid());
	else
		snprintf(name, sizeof name, "%s/dkimsign.%ld",
		    tmp ? tmp : "/tmp", (long)getpid());
	fd = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd >= 0)
		unlink(name);
	return fd;
}

static int
spoolfile_all(int fd, const char *p, size_t n)
{
	ssize_t w;

	for (; n > 0; p += w, n -= (size_t)w)
		if ((w = write(fd, p, n)) < 0) {
			if (errno != EINTR)
				return -1;
			w = 0;
		}
	return 0;
}

/* Puts the buffer into the file, which there may be none yet of. */
static int
spoolfile_flush(struct spoolfile *s, int small)
{
	size_t n = s->n;

	if (s->fd < 0) {
		s->fd = small ? memfd_create("message", MFD_CLOEXEC)
			      : spoolfile_open();
		if (s->fd < 0 || lseek(s->fd, SPOOLFILE_FRONT, SEEK_SET) < 0)
			return -1;
	}
	s->n = 0;
	return spoolfile_all(s->fd, s->buf, n);
}

int
spoolfile_put(struct spoolfile *s, const char *p, size_t n)
{
	size_t some;

	for (; n > 0; p += some, n -= some) {
		if (s->n == SPOOLFILE_BUFFER && spoolfile_flush(s, 0) < 0)
			return -1;
		some = SPOOLFILE_BUFFER - s->n;
		if (some > n)
			some = n;
		memcpy(s->buf + s->n, p, some);
		s->n += some;
	}
	return 0;
}

int
spoolfile_finish(struct spoolfile *s, const char *front, size_t n)
{
	if (spoolfile_flush(s, 1) < 0)
		return -1;
	if (lseek(s->fd, (off_t)(SPOOLFILE_FRONT - n), SEEK_SET) < 0 ||
	    spoolfile_all(s->fd, front, n) < 0 ||
	    lseek(s->fd, (off_t)(SPOOLFILE_FRONT - n), SEEK_SET) < 0)
		return -1;
	return s->fd;
}
