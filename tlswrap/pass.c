/* SPDX-License-Identifier: ISC */
/* Messages with descriptors over a Unix socket. */
#include "pass.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union pass_control {
	struct cmsghdr align;
	char space[CMSG_SPACE(sizeof(int) * PASS_FDS)];
};

int
pass_send(int s, const void *p, size_t n, const int *fd, int nfds)
{
	union pass_control control;
	struct iovec iov = {.iov_base = (void *)p, .iov_len = n};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};
	size_t len = sizeof(int) * (size_t)nfds;
	struct cmsghdr *c;
	ssize_t w;

	if (nfds) {
		memset(&control, 0, sizeof control);
		m.msg_control = &control;
		m.msg_controllen = CMSG_SPACE(len);
		c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(len);
		memcpy(CMSG_DATA(c), fd, len);
	}
	do
		w = sendmsg(s, &m, MSG_NOSIGNAL);
	while (w < 0 && errno == EINTR);
	if (w >= 0 && (size_t)w != n) {
		errno = EPROTO;
		return -1;
	}
	return w < 0 ? -1 : 0;
}

/* The descriptors of one control message: MAX are kept, the rest closed. The
 * kernel cuts off (and closes) what CONTROL has no room for. */
static void
pass_take(const struct cmsghdr *c, int *fd, int max, int *n)
{
	size_t i, count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	int x;

	if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
		return;
	for (i = 0; i < count; i++) {
		memcpy(&x, CMSG_DATA(c) + i * sizeof x, sizeof x);
		if (*n < max)
			fd[(*n)++] = x;
		else
			close(x);
	}
}

ssize_t
pass_recv(int s, void *p, size_t size, int *fd, int max)
{
	union pass_control control;
	struct iovec iov = {.iov_base = p, .iov_len = size};
	struct msghdr m = {.msg_iov = &iov,
	    .msg_iovlen = 1,
	    .msg_control = &control,
	    .msg_controllen = sizeof control};
	struct cmsghdr *c;
	ssize_t r;
	int i, n = 0;

	for (i = 0; i < max; i++)
		fd[i] = -1;
	do
		r = recvmsg(s, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	while (r < 0 && errno == EINTR);
	if (r < 0)
		return -1;
	for (c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c))
		pass_take(c, fd, max, &n);
	return r;
}
