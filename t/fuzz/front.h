/* SPDX-License-Identifier: ISC */
/* For fuzz targets: what a client says to the front of a login program, whole,
 * with a monitor that says yes or "later" to the first password. */
#ifndef FUZZ_FRONT_H
#define FUZZ_FRONT_H

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "auth/front.h"
#include "login_wire.h"

enum { FUZZ_FRONT_MAX = 16384 };

/* In place of the C library's: nobody waits for having been wrong. */
int
nanosleep(const struct timespec *t, struct timespec *left)
{
	(void)t;
	(void)left;
	return 0;
}

/* A socket from which the N bytes at P come, and then the end. */
static int
fuzz_source(const void *p, size_t n)
{
	int s[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, s) < 0 ||
	    write(s[1], p, n) != (ssize_t)n || shutdown(s[1], SHUT_WR) < 0)
		abort();
	close(s[1]);
	return s[0];
}

/* A monitor that has VERDICT ready. Its end for the front; *OTHER stays open. */
static int
fuzz_monitor(char verdict, int *other)
{
	struct {
		uint32_t n;
		char s;
	} answer = {1, verdict};
	int s[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, s) < 0 ||
	    write(s[1], &answer, 5) != 5)
		abort();
	*other = s[1];
	return s[0];
}

/* Whatever was asked, the replies are whole lines of text. */
static void
fuzz_replies(int fd)
{
	static unsigned char buf[1 << 20];
	ssize_t n = pread(fd, buf, sizeof buf, 0), i;

	if (n < 2 || buf[n - 1] != '\n')
		abort();
	for (i = 0; i < n; i++) {
		if (buf[i] == '\r' && i + 1 < n && buf[i + 1] == '\n')
			i++;
		else if (buf[i] < ' ' || buf[i] == 127)
			abort();
	}
}

static void
fuzz_front(front_run *run, const uint8_t *data, size_t n)
{
	static struct front f;
	int in, other, out = memfd_create("replies", 0);

	if (n < 1 || n > FUZZ_FRONT_MAX) {
		close(out);
		return;
	}
	in = fuzz_source(data + 1, n - 1);
	f = (struct front){.seconds = 5,
	    .policy = data[0] & 1 ? UCSPITLS_REQUIRE : UCSPITLS_OFFER,
	    .offered = data[0] >> 1 & 1,
	    .monitor = fuzz_monitor(
		data[0] & 4 ? LOGIN_WIRE_YES : LOGIN_WIRE_LATER, &other)};
	if (dup2(in, 0) < 0 || dup2(out, 1) < 0)
		abort();
	run(&f, data[0] & 8 ? "mx.test" : 0);
	fuzz_replies(out);
	close(in);
	close(out);
	close(other);
	close(f.monitor);
}

#endif
