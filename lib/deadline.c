/* SPDX-License-Identifier: ISC */
/* Deadlines on skalibs' stopwatch clock. */
#include "deadline.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <skalibs/iopause.h>
#include <sys/socket.h>
#include <unistd.h>

static void
deadline_now(void)
{
	static int set;

	if (!set)
		set = tain_now_set_stopwatch_g();
	else
		tain_now_g();
}

void
deadline_in(tain *d, unsigned int seconds)
{
	deadline_now();
	tain_addsec_g(d, (int)seconds);
}

int
deadline_left(const tain *d)
{
	tain left;
	int ms;

	deadline_now();
	if (!tain_less(&STAMP, d))
		return 0;
	tain_sub(&left, d, &STAMP);
	ms = tain_to_millisecs(&left);
	return ms < 0 || ms == INT_MAX ? INT_MAX : ms + 1;
}

int
deadline_wait(int fd, short events, const tain *d)
{
	iopause_fd x = {.fd = fd, .events = events};
	int r;

	deadline_now();
	do
		r = iopause_g(&x, 1, d);
	while (r < 0 && errno == EINTR);
	return r < 0 ? -1 : r > 0;
}

/* A write that does not block: by MSG_DONTWAIT on sockets, which leaves the
 * descriptor's flags, shared with other processes, as they are. */
static ssize_t
deadline_try(int fd, const char *p, size_t n, const tain *d)
{
	ssize_t w;

	w = send(fd, p, n, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (w < 0 && errno == ENOTSOCK) {
		int r = deadline_wait(fd, POLLOUT, d);

		if (r <= 0) {
			errno = r ? errno : ETIMEDOUT;
			return -1;
		}
		/* at most PIPE_BUF: a pipe that polls writable takes it whole */
		w = write(fd, p, n < 4096 ? n : 4096);
	}
	return w;
}

int
deadline_write(int fd, const char *p, size_t n, const tain *d)
{
	ssize_t w;
	int r;

	while (n > 0) {
		w = deadline_try(fd, p, n, d);
		if (w >= 0) {
			p += w;
			n -= (size_t)w;
		} else if (errno == ETIMEDOUT) {
			return 0;
		} else if (errno == EAGAIN) {
			if ((r = deadline_wait(fd, POLLOUT, d)) <= 0)
				return r;
		} else if (errno != EINTR) {
			return -1;
		}
	}
	return 1;
}
