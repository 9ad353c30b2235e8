/* SPDX-License-Identifier: ISC */
/* How a message gets into the queue: whole or not at all. */
#include "queue/queue.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "log.h"

enum { QUEUE_BUFFER = 8192 };

struct queue_out {
	int dir, fd;
	size_t to;     /* recipients so far */
	int body;      /* the envelope is complete */
	uint64_t size; /* bytes written to the file */
	size_t n;      /* bytes in buf */
	char id[QUEUE_NAME_MAX];
	char buf[QUEUE_BUFFER];
};

/* The id: unique on this machine, and usable in a Maildir name as it is. */
static int
queue_make_id(char *id)
{
	static unsigned int count;
	struct timespec t;
	int n;

	if (clock_gettime(CLOCK_REALTIME, &t) < 0)
		return -1;
	n = snprintf(id, QUEUE_NAME_MAX, "%lld.M%06ldP%ldQ%u",
	    (long long)t.tv_sec, t.tv_nsec / 1000, (long)getpid(), count++);
	return n > 0 && n < QUEUE_NAME_MAX ? 0 : -1;
}

static void
queue_temp_name(char *name, const struct queue_out *q)
{
	snprintf(name, QUEUE_NAME_MAX + 4, "tmp.%s", q->id);
}

static int
queue_all(struct queue_out *q, const char *p, size_t n)
{
	ssize_t w;

	while (n > 0) {
		if ((w = write(q->fd, p, n)) < 0) {
			if (errno == EINTR)
				continue;
			return -1;
		}
		p += w;
		n -= (size_t)w;
		q->size += (uint64_t)w;
	}
	return 0;
}

static int
queue_flush(struct queue_out *q)
{
	size_t n = q->n;

	q->n = 0;
	return queue_all(q, q->buf, n);
}

static int
queue_put(struct queue_out *q, const char *p, size_t n)
{
	if (n > QUEUE_BUFFER - q->n && queue_flush(q) < 0)
		return -1;
	if (n > QUEUE_BUFFER)
		return queue_all(q, p, n);
	memcpy(q->buf + q->n, p, n);
	q->n += n;
	return 0;
}

/* One envelope line: a control character in VALUE could start another. */
static int
queue_field(struct queue_out *q, const char *name, const char *value)
{
	const char *c;

	for (c = value; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 127) {
			errno = EINVAL;
			return -1;
		}
	if (queue_put(q, name, strlen(name)) < 0 || queue_put(q, " ", 1) < 0 ||
	    queue_put(q, value, (size_t)(c - value)) < 0)
		return -1;
	return queue_put(q, "\n", 1);
}

struct queue_out *
queue_start(int incoming, const char *connid, const char *from)
{
	struct queue_out *q;
	char name[QUEUE_NAME_MAX + 4], now[LOG_NUM];

	if (!(q = malloc(sizeof *q)))
		return 0;
	q->dir = incoming;
	q->fd = -1;
	q->to = q->n = 0;
	q->body = 0;
	q->size = 0;
	if (queue_make_id(q->id) < 0)
		goto failed;
	queue_temp_name(name, q);
	q->fd = openat(
	    incoming, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	/* the folder's group is queued's, whatever the umask is */
	if (q->fd < 0 || fchmod(q->fd, 0640) < 0)
		goto failed;
	if (queue_field(q, "postern-queue", "1") < 0 ||
	    queue_field(q, "connid", connid ? connid : "-") < 0 ||
	    queue_field(q, "time", log_u64(now, (uint64_t)time(0))) < 0 ||
	    queue_field(q, "from", from) < 0)
		goto failed;
	return q;
failed:
	queue_abort(q);
	return 0;
}

int
queue_to(struct queue_out *q, const char *to)
{
	if (q->to == QUEUE_RECIPIENTS) {
		errno = EMSGSIZE;
		return -1;
	}
	if (q->body || !*to) {
		errno = EINVAL;
		return -1;
	}
	q->to++;
	return queue_field(q, "to", to);
}

int
queue_note(struct queue_out *q, const char *name, const char *value)
{
	if (q->body || !*value) {
		errno = EINVAL;
		return -1;
	}
	return queue_field(q, name, value);
}

const char *
queue_id(const struct queue_out *q)
{
	return q->id;
}

int
queue_write(struct queue_out *q, const char *p, size_t n)
{
	if (!q->body) {
		q->body = 1;
		if (queue_put(q, "\n", 1) < 0)
			return -1;
	}
	return queue_put(q, p, n);
}

int
queue_commit(struct queue_out *q)
{
	char temp[QUEUE_NAME_MAX + 4], name[QUEUE_NAME_MAX + 32];

	if (!q->to || !q->body) {
		errno = EINVAL;
		goto failed;
	}
	if (queue_flush(q) < 0)
		goto failed;
	queue_temp_name(temp, q);
	snprintf(
	    name, sizeof name, "%s,S=%llu", q->id, (unsigned long long)q->size);
	if (renameat(q->dir, temp, q->dir, name) < 0)
		goto failed;
	if (fsync(q->fd) < 0 || fsync(q->dir) < 0) {
		int saved = errno;

		unlinkat(q->dir, name, 0);
		errno = saved;
		goto failed;
	}
	close(q->fd);
	free(q);
	return 0;
failed:
	queue_abort(q);
	return -1;
}

void
queue_abort(struct queue_out *q)
{
	char temp[QUEUE_NAME_MAX + 4];
	int saved = errno;

	if (q->fd >= 0) {
		queue_temp_name(temp, q);
		unlinkat(q->dir, temp, 0);
		close(q->fd);
	}
	free(q);
	errno = saved;
}
