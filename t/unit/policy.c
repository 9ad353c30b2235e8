/* SPDX-License-Identifier: ISC */
/* Policy requests: written, read back, and what is none. */
#include "policy.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "deadline.h"
#include "t/tap.h"

static struct policy_request q;

/* A pipe that holds TEXT; its end is closed unless MORE. */
static int
feed(const char *text, size_t n, int more)
{
	int fd[2];

	if (pipe(fd) < 0 || write(fd[1], text, n) != (ssize_t)n)
		exit(111);
	if (!more)
		close(fd[1]);
	return fd[0];
}

static int
parse_in(int fd, unsigned int seconds)
{
	tain d;

	deadline_in(&d, seconds);
	return policy_read(fd, &q, &d);
}

static int
parse(int fd)
{
	return parse_in(fd, 60);
}

static void
test_round(void)
{
	tain d;
	int fd[2];

	policy_clear(&q);
	ok(policy_set(&q, "request", "smtpd_access_policy") == 0, "set");
	ok(policy_set(&q, "sender", "a\nrecipient=b") == 0, "a line feed");
	ok(policy_set(&q, "empty", "") == 0, "an empty value");
	is(policy_get(&q, "sender"), "a?recipient=b", "is no second line");
	if (pipe(fd) < 0)
		exit(111);
	deadline_in(&d, 60);
	ok(policy_write(fd[1], &q, &d) == 1, "write");
	close(fd[1]);
	policy_clear(&q);
	ok(parse(fd[0]) == 1, "read");
	is(policy_get(&q, "request"), "smtpd_access_policy", "a field");
	is(policy_get(&q, "sender"), "a?recipient=b", "'=' in a value");
	is(policy_get(&q, "recipient"), "", "none of that name");
	ok(parse(fd[0]) == 0, "then the end");
	close(fd[0]);
}

static void
test_ahead(void)
{
	int fd = feed("a=1\n\na=2\n\na=3\n\n", 15, 0);

	policy_clear(&q);
	ok(parse(fd) == 1, "the first of three in one piece");
	is(policy_get(&q, "a"), "1", "is the first");
	ok(parse(fd) == 1, "the second");
	is(policy_get(&q, "a"), "2", "is the second");
	ok(parse(fd) == 1, "the third");
	is(policy_get(&q, "a"), "3", "is the third");
	ok(parse(fd) == 0, "the end");
	close(fd);
}

static void
test_bad(const char *text, size_t n, int more, int error, const char *what)
{
	int fd = feed(text, n, more);

	policy_clear(&q);
	errno = 0;
	ok(parse_in(fd, more ? 1 : 60) == -1 && errno == error, what);
	close(fd);
}

static void
test_limits(void)
{
	char value[POLICY_REQUEST_MAX];
	int i;

	memset(value, 'x', sizeof value);
	value[sizeof value - 1] = 0;
	policy_clear(&q);
	ok(policy_set(&q, "a", value) == -1, "no room for a value");
	value[sizeof value - 4] = 0;
	ok(policy_set(&q, "a", value) == 0, "just room");
	ok(policy_set(&q, "b", "") == -1, "and no more");
	policy_clear(&q);
	for (i = 0; i < POLICY_FIELDS; i++)
		ok(policy_set(&q, "a", "b") == 0, "a field");
	ok(policy_set(&q, "a", "b") == -1, "one too many");
	test_bad(value, 16000, 1, ETIMEDOUT, "nothing more comes");
}

int
main(void)
{
	test_round();
	test_ahead();
	test_bad("a\n\n", 3, 0, EPROTO, "no '='");
	test_bad("=a\n\n", 4, 0, EPROTO, "no name");
	test_bad("a=\0\n\n", 5, 0, EPROTO, "a NUL");
	test_bad("a=b\n", 4, 0, EPROTO, "cut off");
	test_limits();
	return done();
}
