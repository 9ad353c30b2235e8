/* SPDX-License-Identifier: ISC */
/* Command lines from a client. */
#include "line.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "deadline.h"

void
line_init(struct line *l, int fd, enum line_mode mode, char *buf, size_t size)
{
	l->fd = fd;
	l->mode = mode;
	l->buf = buf;
	l->size = size;
	l->pos = l->len = 0;
	l->stream = 0;
}

int
line_pending(const struct line *l)
{
	return l->pos < l->len;
}

int
line_ready(const struct line *l)
{
	return memchr(l->buf + l->pos, '\n', l->len - l->pos) != 0;
}

void
line_drop(struct line *l)
{
	l->pos = l->len = 0;
}

void
line_take(struct line *l, size_t n)
{
	l->pos += n;
}

/* How reads ended, as a verdict. LINE_OK: N bytes are there. */
static enum line_verdict
line_ended(ssize_t n)
{
	if (n > 0)
		return LINE_OK;
	if (n == 0 || errno == ECONNRESET)
		return LINE_END;
	return LINE_FAILED;
}

static enum line_verdict
line_wait(struct line *l, const tain *deadline)
{
	int r = deadline_wait(l->fd, POLLIN, deadline);

	if (r > 0)
		return LINE_OK;
	return r < 0 ? LINE_FAILED : LINE_TIMEOUT;
}

/* One read for the exact mode: what the buffer takes of this line, and no
 * byte behind it. */
static ssize_t
line_exact(struct line *l)
{
	char *at = l->buf + l->len, *lf;
	size_t room = l->size - l->len;
	ssize_t n = -1;

	if (!l->stream) {
		n = recv(l->fd, at, room, MSG_PEEK);
		if (n < 0 && errno == ENOTSOCK)
			l->stream = 1;
	}
	if (l->stream)
		return read(l->fd, at, 1);
	if (n <= 0)
		return n;
	if ((lf = memchr(at, '\n', (size_t)n)))
		n = lf - at + 1;
	return read(l->fd, at, (size_t)n);
}

/* Adds bytes to the buffer, which has room. */
static enum line_verdict
line_fill(struct line *l, const tain *deadline)
{
	enum line_verdict v;
	ssize_t n;

	for (;;) {
		if ((v = line_wait(l, deadline)) != LINE_OK)
			return v;
		if (l->mode == LINE_EXACT)
			n = line_exact(l);
		else
			n = read(l->fd, l->buf + l->len, l->size - l->len);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n > 0)
			l->len += (size_t)n;
		return line_ended(n);
	}
}

/* What is wrong with the N bytes at S, a line without its LF; *N becomes its
 * length without CR. */
static enum line_verdict
line_judge(char *s, size_t *n)
{
	const char *cr;
	size_t len = *n;

	if (len && s[len - 1] == '\r')
		(*n)--;
	s[*n] = 0;
	if (memchr(s, 0, *n))
		return LINE_NUL;
	if ((cr = memchr(s, '\r', *n)))
		return LINE_BARECR;
	return *n == len ? LINE_BARELF : LINE_OK;
}

/* Drops a line that is too long, up to its LF. */
static enum line_verdict
line_skip(struct line *l, const tain *deadline)
{
	enum line_verdict v;
	char *lf;

	for (;;) {
		lf = memchr(l->buf + l->pos, '\n', l->len - l->pos);
		if (lf) {
			l->pos = (size_t)(lf - l->buf) + 1;
			return LINE_LONG;
		}
		line_drop(l);
		if ((v = line_fill(l, deadline)) != LINE_OK)
			return v;
	}
}

enum line_verdict
line_read(struct line *l, char **s, size_t *n, const tain *deadline)
{
	static char nothing[1];
	enum line_verdict v;
	size_t seen = 0;
	char *lf;

	for (;;) {
		lf = memchr(
		    l->buf + l->pos + seen, '\n', l->len - l->pos - seen);
		if (lf)
			break;
		seen = l->len - l->pos;
		if (l->pos > 0) {
			memmove(l->buf, l->buf + l->pos, seen);
			l->pos = 0;
			l->len = seen;
		}
		if (l->len == l->size) {
			*s = nothing;
			*n = 0;
			return line_skip(l, deadline);
		}
		if ((v = line_fill(l, deadline)) != LINE_OK)
			return v;
	}
	*s = l->buf + l->pos;
	*n = (size_t)(lf - *s);
	l->pos = (size_t)(lf - l->buf) + 1;
	if (l->pos == l->len)
		line_drop(l);
	return line_judge(*s, n);
}

enum line_verdict
line_bytes(struct line *l, char **s, size_t *n, const tain *deadline)
{
	enum line_verdict v;

	if (!line_pending(l)) {
		line_drop(l);
		if ((v = line_fill(l, deadline)) != LINE_OK)
			return v;
	}
	*s = l->buf + l->pos;
	*n = l->len - l->pos;
	return LINE_OK;
}
