/* SPDX-License-Identifier: ISC */
/* A stored message made fit for a server that takes less than it has. */
#include "smtp/sendmime.h"

#include <unistd.h>

#include "lf.h"

enum { SENDMIME_STEP = 8192 };

/* Runs M on the message in FD. 0, or -1 with errno. */
static int
sendmime_feed(struct mime *m, int fd, size_t at)
{
	char buf[SENDMIME_STEP + 1];
	struct lf lf = {0};
	ssize_t r = 0;

	while (!m->failed &&
	    (r = pread(fd, buf + 1, SENDMIME_STEP, (off_t)at)) > 0) {
		at += (size_t)r;
		mime_put(m, buf, lf_put(&lf, buf + 1, (size_t)r, buf));
	}
	mime_put(m, buf, lf_end(&lf, buf));
	return r < 0 ? -1 : 0;
}

int
sendmime_look(int fd, size_t at, struct mime_plan *plan)
{
	static struct mime m;

	mime_init(&m, MIME_LOOK, 0, plan, 0, 0);
	if (sendmime_feed(&m, fd, at) < 0)
		return -1;
	mime_end(&m);
	return 0;
}

int
sendmime_run(int fd, size_t at, unsigned int unwanted, struct mime_plan *plan,
    mime_sink *sink, void *data)
{
	static struct mime m;

	mime_init(&m, MIME_LINES, unwanted, plan, sink, data);
	if (sendmime_feed(&m, fd, at) < 0)
		return 1;
	return mime_end(&m);
}
