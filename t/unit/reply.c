/* SPDX-License-Identifier: ISC */
/* Tests of lib/reply and lib/deadline: one write a flush, one line a reply,
 * more than the buffer, a client that does not read, one that is gone. */
#include "reply.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "deadline.h"
#include "t/tap.h"

static int s[2];

static void
pair(void)
{
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, s) < 0)
		exit(111);
}

static void
gathers(void)
{
	struct reply r;
	char got[200];
	ssize_t n;

	pair();
	reply_init(&r, s[0], 5);
	reply_line(&r, "250-", "a", (char *)0);
	reply_puts(&r, "250 ");
	reply_u64(&r, 42);
	reply_line(&r, " x\r\n550 forged\x7f", (char *)0);
	n = recv(s[1], got, sizeof got, MSG_DONTWAIT);
	ok(n < 0, "nothing is written before the flush");
	ok(reply_flush(&r) == 0, "flush");
	n = recv(s[1], got, sizeof got - 1, MSG_DONTWAIT);
	got[n < 0 ? 0 : n] = 0;
	is(got, "250-a\r\n250 42 x??550 forged?\r\n", "one line a reply");
	close(s[0]);
	close(s[1]);
}

static void
more_than_the_buffer(void)
{
	static char big[3 * REPLY_SIZE + 7], got[sizeof big];
	struct reply r;
	size_t n = 0;
	ssize_t w;

	pair();
	memset(big, 'x', sizeof big);
	reply_init(&r, s[0], 5);
	reply_put(&r, big, sizeof big);
	ok(reply_flush(&r) == 0, "all of it flushed");
	while (n < sizeof got && (w = read(s[1], got + n, sizeof got - n)) > 0)
		n += (size_t)w;
	ok(n == sizeof big && !memcmp(big, got, n), "and it arrives");
	close(s[1]);
	reply_puts(&r, "x");
	ok(reply_flush(&r) < 0, "the client is gone");
	ok(reply_flush(&r) < 0, "and stays gone");
	close(s[0]);
}

static void
does_not_read(void)
{
	static char big[1 << 20];
	tain d;
	int p[2];

	pair();
	deadline_in(&d, 1);
	ok(deadline_write(s[0], big, sizeof big, &d) == 0,
	    "a socket that is full: the deadline");
	if (pipe(p) < 0)
		exit(111);
	deadline_in(&d, 1);
	ok(deadline_write(p[1], big, sizeof big, &d) == 0,
	    "a pipe that is full: the deadline");
	deadline_in(&d, 0);
	ok(deadline_wait(s[0], POLLIN, &d) == 0, "nothing to read");
	close(s[1]);
	deadline_in(&d, 60);
	ok(deadline_wait(s[0], POLLIN, &d) == 1, "an end is something to read");
}

int
main(void)
{
	gathers();
	more_than_the_buffer();
	does_not_read();
	return done();
}
