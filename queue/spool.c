/* SPDX-License-Identifier: ISC */
/* A message that is read before its envelope is known. */
#include "queue/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "deadline.h"

void
spool_init(struct spool *s, int dir)
{
	s->dir = dir;
	s->fd = -1;
	s->n = 0;
}

/* A file without a name. What a crash leaves of it begins with tmp. and is
 * tidied away by queued. */
static int
spool_open(struct spool *s)
{
	char name[64];

	snprintf(name, sizeof name, "tmp.spool.%ld", (long)getpid());
	unlinkat(s->dir, name, 0);
	s->fd =
	    openat(s->dir, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return s->fd < 0 ? -1 : unlinkat(s->dir, name, 0);
}

/* Puts the buffer into the file. */
static int
spool_flush(struct spool *s)
{
	size_t at = 0;
	ssize_t w;

	if (s->fd < 0 && spool_open(s) < 0)
		return -1;
	while (at < s->n) {
		if ((w = write(s->fd, s->buf + at, s->n - at)) < 0) {
			if (errno == EINTR)
				continue;
			return -1;
		}
		at += (size_t)w;
	}
	s->n = 0;
	return 0;
}

enum spool_verdict
spool_fill(struct spool *s, int fd, const tain *deadline)
{
	ssize_t r;
	int ready;

	for (;;) {
		if (s->n == SPOOL_BUFFER && spool_flush(s) < 0)
			return SPOOL_WRITE;
		if ((ready = deadline_wait(fd, POLLIN, deadline)) <= 0)
			return ready ? SPOOL_READ : SPOOL_TIMEOUT;
		r = read(fd, s->buf + s->n, SPOOL_BUFFER - s->n);
		if (r < 0 && errno != EINTR && errno != EAGAIN)
			return SPOOL_READ;
		if (r == 0)
			break;
		if (r > 0)
			s->n += (size_t)r;
	}
	return s->fd >= 0 && spool_flush(s) < 0 ? SPOOL_WRITE : SPOOL_OK;
}

int
spool_write(struct spool *s, struct queue_out *q)
{
	ssize_t r;

	if (s->fd < 0)
		return queue_write(q, s->buf, s->n);
	if (lseek(s->fd, 0, SEEK_SET) < 0)
		return -1;
	while ((r = read(s->fd, s->buf, SPOOL_BUFFER)) != 0) {
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0 || queue_write(q, s->buf, (size_t)r) < 0)
			return -1;
	}
	return 0;
}

void
spool_close(struct spool *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	s->n = 0;
}
