/* SPDX-License-Identifier: ISC */
/* Tests of lib/line: every verdict, in both modes, whole and byte by byte. */
#include "line.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "deadline.h"
#include "t/tap.h"

struct expect {
	enum line_verdict verdict;
	const char *text;
};

static const char input[] = "NOOP\r\nbare lf\nA\rB\r\n\r\nx\r\r\n"
			    "0123456789012345678901234567890123456789\r\n"
			    "after\r\nnever ended";

static const struct expect expected[] = {{LINE_OK, "NOOP"},
    {LINE_BARELF, "bare lf"}, {LINE_BARECR, "A\rB"}, {LINE_OK, ""},
    {LINE_BARECR, "x\r"}, {LINE_LONG, ""}, {LINE_OK, "after"}, {LINE_END, 0}};

/* A descriptor that gives INPUT in pieces of STEP bytes. */
static int
source(int sock, size_t step)
{
	int s[2];
	size_t i, n = sizeof input - 1;

	if (sock ? socketpair(AF_UNIX, SOCK_STREAM, 0, s) : pipe(s))
		exit(111);
	if (fork() == 0) {
		close(s[0]);
		for (i = 0; i < n; i += step)
			if (write(s[1], input + i,
				step < n - i ? step : n - i) < 0)
				_exit(1);
		_exit(0);
	}
	close(s[1]);
	return s[0];
}

static void
all_verdicts(enum line_mode mode, int sock, size_t step)
{
	char buf[32], what[80];
	struct line l;
	tain deadline;
	size_t i, n;
	char *s;
	int fd = source(sock, step);

	line_init(&l, fd, mode, buf, sizeof buf);
	deadline_in(&deadline, 60);
	for (i = 0; i < sizeof expected / sizeof *expected; i++) {
		enum line_verdict v = line_read(&l, &s, &n, &deadline);

		snprintf(what, sizeof what,
		    "line %zu, mode %d, socket %d, "
		    "step %zu",
		    i, mode, sock, step);
		ok(v == expected[i].verdict, what);
		if (expected[i].text)
			is(s, expected[i].text, what);
	}
	close(fd);
	wait(0);
}

static void
exact_leaves_the_rest(void)
{
	char buf[64], rest[16];
	struct line l;
	tain deadline;
	char *s;
	size_t n;
	int p[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, p) < 0)
		exit(111);
	ok(write(p[1], "PASS x\r\nSTAT\r\n", 14) == 14, "two lines sent");
	line_init(&l, p[0], LINE_EXACT, buf, sizeof buf);
	deadline_in(&deadline, 60);
	ok(line_read(&l, &s, &n, &deadline) == LINE_OK, "the first is read");
	ok(!line_pending(&l), "nothing is read ahead");
	ok(read(p[0], rest, sizeof rest) == 6 && !memcmp(rest, "STAT\r\n", 6),
	    "the second is still in the socket");
	deadline_in(&deadline, 0);
	ok(line_read(&l, &s, &n, &deadline) == LINE_TIMEOUT, "deadline");
	ok(write(p[1], "a\0b\r\n", 5) == 5, "a NUL sent");
	deadline_in(&deadline, 60);
	ok(line_read(&l, &s, &n, &deadline) == LINE_NUL && n == 3, "NUL found");
}

static void
ready_is_a_whole_line(void)
{
	char buf[16], *s;
	struct line l;
	tain deadline;
	size_t n;
	int p[2];

	if (pipe(p) < 0 || write(p[1], "a\r\nb\r\nc", 7) != 7)
		exit(111);
	line_init(&l, p[0], LINE_BUFFER, buf, sizeof buf);
	ok(!line_ready(&l) && !line_pending(&l), "nothing is there");
	deadline_in(&deadline, 60);
	ok(line_read(&l, &s, &n, &deadline) == LINE_OK, "a line is read");
	ok(line_ready(&l), "the next one is there");
	ok(line_read(&l, &s, &n, &deadline) == LINE_OK, "which is read");
	ok(!line_ready(&l) && line_pending(&l), "a part of one is there");
}

int
main(void)
{
	static const size_t steps[] = {1, 2, 3, 7, 1000};
	size_t i;

	for (i = 0; i < sizeof steps / sizeof *steps; i++) {
		all_verdicts(LINE_BUFFER, 1, steps[i]);
		all_verdicts(LINE_EXACT, 1, steps[i]);
		all_verdicts(LINE_EXACT, 0, steps[i]);
	}
	exact_leaves_the_rest();
	ready_is_a_whole_line();
	return done();
}
