/* SPDX-License-Identifier: ISC */
/* Bounded messages over a socketpair: four bytes of length (host order, as
 * both ends are one machine), then the message. */
#include "peer.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "deadline.h"

/* Room for one descriptor, and what alignment adds: maybe a second one. */
union peer_control {
	struct cmsghdr align;
	char buf[CMSG_SPACE(sizeof(int))];
};

/* Waits for EVENTS. 1, 0 the deadline has passed, -1. */
static int
peer_again(int s, short events, const tain *deadline)
{
	if (errno == EINTR)
		return 1;
	return errno == EAGAIN ? deadline_wait(s, events, deadline) : -1;
}

static void
peer_attach(struct msghdr *m, union peer_control *c, int fd)
{
	struct cmsghdr *h;

	memset(c, 0, sizeof *c);
	m->msg_control = c->buf;
	m->msg_controllen = sizeof c->buf;
	h = CMSG_FIRSTHDR(m);
	h->cmsg_level = SOL_SOCKET;
	h->cmsg_type = SCM_RIGHTS;
	h->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(h), &fd, sizeof fd);
}

int
peer_send(int s, const void *p, size_t n, int fd, const tain *deadline)
{
	uint32_t size = (uint32_t)n;
	struct iovec v[2] = {{&size, sizeof size}, {(void *)p, n}};
	struct msghdr m = {.msg_iov = v, .msg_iovlen = 2};
	union peer_control c;
	ssize_t w;
	int r;

	if (n > PEER_MAX) {
		errno = EMSGSIZE;
		return -1;
	}
	if (fd >= 0)
		peer_attach(&m, &c, fd);
	do
		w = sendmsg(s, &m, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (w < 0 && (r = peer_again(s, POLLOUT, deadline)) > 0);
	if (w < 0)
		return r;
	/* a socket that took a part of the message has taken the descriptor */
	if ((size_t)w < sizeof size) {
		r = deadline_write(
		    s, (char *)&size + w, sizeof size - (size_t)w, deadline);
		if (r <= 0)
			return r;
		w = sizeof size;
	}
	w -= (ssize_t)sizeof size;
	return deadline_write(s, (const char *)p + w, n - (size_t)w, deadline);
}

/* Keeps the first descriptor of M in *FD where it is wanted, closes others. */
static void
peer_detach(struct msghdr *m, int *fd)
{
	struct cmsghdr *h;
	size_t i, n;
	int got;

	for (h = CMSG_FIRSTHDR(m); h; h = CMSG_NXTHDR(m, h)) {
		if (h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS)
			continue;
		n = (h->cmsg_len - CMSG_LEN(0)) / sizeof got;
		for (i = 0; i < n; i++) {
			memcpy(&got, CMSG_DATA(h) + i * sizeof got, sizeof got);
			if (fd && *fd < 0)
				*fd = got;
			else
				close(got);
		}
	}
}

/* Reads all N bytes. 1; 0 the other side closed before the first one; -1. */
static int
peer_read(int s, void *p, size_t n, int *fd, const tain *deadline)
{
	union peer_control c;
	struct iovec v;
	struct msghdr m;
	size_t at = 0;
	ssize_t r;
	int again;

	while (at < n) {
		v = (struct iovec){(char *)p + at, n - at};
		m = (struct msghdr){.msg_iov = &v,
		    .msg_iovlen = 1,
		    .msg_control = c.buf,
		    .msg_controllen = sizeof c.buf};
		r = recvmsg(s, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
		if (r > 0) {
			peer_detach(&m, fd);
			at += (size_t)r;
		} else if (r == 0 || errno == ECONNRESET) {
			errno = EPROTO;
			return at ? -1 : 0;
		} else if ((again = peer_again(s, POLLIN, deadline)) <= 0) {
			errno = again ? errno : ETIMEDOUT;
			return -1;
		}
	}
	return 1;
}

int
peer_recv(int s, void *p, size_t size, size_t *n, int *fd, const tain *deadline)
{
	uint32_t len;
	int got = -1, r;

	if (fd)
		*fd = -1;
	if ((r = peer_read(s, &len, sizeof len, &got, deadline)) <= 0)
		goto failed;
	if (len > size) {
		errno = EMSGSIZE;
		r = -1;
		goto failed;
	}
	/* an end between length and message is no proper close */
	if ((r = peer_read(s, p, len, &got, deadline)) <= 0) {
		r = -1;
		goto failed;
	}
	*n = len;
	if (fd)
		*fd = got;
	else if (got >= 0)
		close(got);
	return 1;
failed:
	if (got >= 0)
		close(got);
	return r;
}

int
peer_split(char *p, size_t n, const char **field, size_t count)
{
	size_t i, len;

	for (i = 0; i < count; i++) {
		len = strnlen(p, n);
		if (len == n)
			return 0;
		field[i] = p;
		p += len + 1;
		n -= len + 1;
	}
	return n == 0;
}
