/* SPDX-License-Identifier: ISC */
/* Tests of lib/peer: bounds, descriptors, ends and deadlines. */
#include "peer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "deadline.h"
#include "t/tap.h"

static char big[PEER_MAX], got[PEER_MAX];
static int s[2];
static tain soon;

static void
fresh(void)
{
	close(s[0]);
	close(s[1]);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, s) < 0)
		exit(111);
	deadline_in(&soon, 60);
}

/* The lowest free descriptor: equal before and after means none leaked. */
static int
lowest(void)
{
	int fd = dup(0);

	close(fd);
	return fd;
}

static void
messages(void)
{
	size_t n;
	int i;

	fresh();
	ok(peer_send(s[0], "one", 3, -1, &soon) == 1, "send");
	ok(peer_send(s[0], "", 0, -1, &soon) == 1, "send nothing");
	ok(peer_send(s[0], "three", 5, -1, &soon) == 1, "send again");
	ok(peer_recv(s[1], got, 3, &n, 0, &soon) == 1 && n == 3, "exactly");
	ok(memcmp(got, "one", 3) == 0, "what was sent");
	ok(peer_recv(s[1], got, 3, &n, 0, &soon) == 1 && n == 0, "empty");
	ok(peer_recv(s[1], got, 4, &n, 0, &soon) == -1 && errno == EMSGSIZE,
	    "larger than its place");
	ok(peer_send(s[0], big, PEER_MAX + 1, -1, &soon) == -1 &&
		errno == EMSGSIZE,
	    "larger than any");
	fresh();
	for (i = 0; i < PEER_MAX; i++)
		big[i] = (char)(i * 7);
	if (fork() == 0) {
		for (i = 0; i < 20; i++)
			if (peer_send(s[0], big, PEER_MAX, -1, &soon) != 1)
				_exit(1);
		_exit(0);
	}
	for (i = 0; i < 20; i++)
		if (peer_recv(s[1], got, PEER_MAX, &n, 0, &soon) != 1 ||
		    n != PEER_MAX || memcmp(got, big, PEER_MAX) != 0)
			break;
	ok(i == 20, "more than a socket holds");
	wait(0);
}

static void
descriptors(void)
{
	int fd, free_before, p[2];
	size_t n;
	char c;

	fresh();
	if (pipe(p) < 0)
		exit(111);
	peer_send(s[0], "x", 1, p[0], &soon);
	ok(peer_recv(s[1], got, 9, &n, &fd, &soon) == 1 && fd >= 0, "passed");
	ok(fcntl(fd, F_GETFD) == FD_CLOEXEC, "close-on-exec");
	ok(write(p[1], "y", 1) == 1 && read(fd, &c, 1) == 1, "the same pipe");
	close(fd);
	free_before = lowest();
	peer_send(s[0], "x", 1, p[0], &soon);
	ok(peer_recv(s[1], got, 9, &n, 0, &soon) == 1, "not wanted");
	ok(lowest() == free_before, "so it is closed");
	peer_send(s[0], "too long", 8, p[0], &soon);
	ok(peer_recv(s[1], got, 2, &n, &fd, &soon) == -1 && fd == -1,
	    "with a message that is refused");
	ok(lowest() == free_before, "closed too");
	peer_send(s[0], "x", 1, -1, &soon);
	close(p[0]);
	close(p[1]);
}

/* Two descriptors at once, as no peer_send does. */
static void
two(void)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(2 * sizeof(int))];
	} c = {.buf = {0}};
	char m[5] = {1, 0, 0, 0, 'x'};
	struct iovec v = {m, sizeof m};
	struct msghdr h = {.msg_iov = &v,
	    .msg_iovlen = 1,
	    .msg_control = c.buf,
	    .msg_controllen = sizeof c.buf};
	struct cmsghdr *x = CMSG_FIRSTHDR(&h);
	int fds[2] = {0, 1}, free_before, fd;
	size_t n;

	fresh();
	x->cmsg_level = SOL_SOCKET;
	x->cmsg_type = SCM_RIGHTS;
	x->cmsg_len = CMSG_LEN(sizeof fds);
	memcpy(CMSG_DATA(x), fds, sizeof fds);
	free_before = lowest();
	ok(sendmsg(s[0], &h, 0) == 5, "two descriptors sent");
	ok(peer_recv(s[1], got, 9, &n, &fd, &soon) == 1 && fd >= 0, "one got");
	close(fd);
	ok(lowest() == free_before, "the other is closed");
}

static void
ends(void)
{
	tain now;
	size_t n;

	fresh();
	deadline_in(&now, 0);
	ok(peer_recv(s[1], got, 9, &n, 0, &now) == -1 && errno == ETIMEDOUT,
	    "deadline");
	ok(write(s[0], "\5\0\0\0ab", 6) == 6 && shutdown(s[0], SHUT_WR) == 0,
	    "an end in the middle");
	ok(peer_recv(s[1], got, 9, &n, 0, &soon) == -1, "is a failure");
	fresh();
	ok(write(s[0], "\5\0\0\0", 4) == 4 && shutdown(s[0], SHUT_WR) == 0,
	    "an end behind the length");
	ok(peer_recv(s[1], got, 9, &n, 0, &soon) == -1, "is a failure");
	fresh();
	shutdown(s[0], SHUT_WR);
	ok(peer_recv(s[1], got, 9, &n, 0, &soon) == 0, "a proper end");
	fresh();
	close(s[1]);
	ok(peer_send(s[0], "x", 1, -1, &soon) == -1 && errno == EPIPE,
	    "nobody there");
}

int
main(void)
{
	s[0] = s[1] = -1;
	messages();
	descriptors();
	two();
	ends();
	return done();
}
