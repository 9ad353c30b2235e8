/* SPDX-License-Identifier: ISC */
/* Tests of lib/ucspitls: the policy, the offer, and the conversation with an
 * engine, to the byte. */
#include "ucspitls.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "deadline.h"
#include "log.h"
#include "t/tap.h"

/* Offers TLS with an engine that answers the N bytes at ANSWER in steps of
 * STEP and then closes; its plaintext side says "inside". */
static void
engine(const char *answer, size_t n, size_t step)
{
	char number[LOG_NUM], byte;
	int ctl[2], plain[2];
	size_t i;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ctl) < 0 ||
	    socketpair(AF_UNIX, SOCK_STREAM, 0, plain) < 0)
		exit(111);
	if (fork() == 0) {
		close(ctl[0]);
		close(plain[0]);
		if (read(ctl[1], &byte, 1) != 1 || byte != 'Y')
			_exit(1);
		for (i = 0; i < n; i += step)
			if (write(ctl[1], answer + i,
				step < n - i ? step : n - i) < 0)
				_exit(1);
		_exit(write(plain[1], "inside", 6) != 6);
	}
	close(ctl[1]);
	close(plain[1]);
	setenv("SSLCTLFD", log_u64(number, (uint64_t)ctl[0]), 1);
	setenv("SSLREADFD", log_u64(number, (uint64_t)plain[0]), 1);
	setenv("SSLWRITEFD", log_u64(number, (uint64_t)plain[0]), 1);
}

static int
start(const char *answer, size_t n, size_t step)
{
	tain d;
	int r;

	unsetenv("SSL_PROTOCOL");
	engine(answer, n, step);
	ok(ucspitls_offered(), "TLS is offered");
	deadline_in(&d, 60);
	r = ucspitls_start(&d);
	wait(0);
	return r;
}

static const char full[] = "SSL_PROTOCOL=TLSv1.3\0SSL_CIPHER=X\0"
			   "SSL_TLS_SNI\0LD_PRELOAD=evil\0PATH\0";

int
main(void)
{
	static char endless[70000];
	char got[6];
	int status;

	/* fd 0 and 1 will be the plaintext side */
	if (!(stdout = fdopen(dup(1), "w")))
		return 111;
	unsetenv("TLS");
	ok(ucspitls_policy() == UCSPITLS_OFFER, "unset is offer");
	setenv("TLS", "require", 1);
	ok(ucspitls_policy() == UCSPITLS_REQUIRE, "require");
	fflush(stdout);
	if (fork() == 0) {
		close(2);
		setenv("TLS", "reqiure", 1);
		_exit(ucspitls_policy() == UCSPITLS_OFF);
	}
	wait(&status);
	ok(WIFEXITED(status) && WEXITSTATUS(status) == 100,
	    "a typing error dies");
	ok(!ucspitls_offered(), "no engine, no offer");

	setenv("SSL_TLS_SNI", "old", 1);
	setenv("SSL_CLIENT_S_DN", "forged", 1);
	ok(start(full, sizeof full, 1) == 1, "started, byte by byte");
	is(getenv("SSL_PROTOCOL"), "TLSv1.3", "a variable");
	ok(!getenv("SSL_TLS_SNI"), "a bare name is unset");
	ok(!getenv("SSL_CLIENT_S_DN"), "what was there before is gone");
	ok(!getenv("LD_PRELOAD") && getenv("PATH"), "other names are ignored");
	ok(!getenv("SSLCTLFD") && !ucspitls_offered(), "only once");
	ok(ucspitls_active(), "active");
	ok(read(0, got, 6) == 6 && !memcmp(got, "inside", 6), "fd 0 is inside");

	ok(start("\0", 2, 2) == 1, "nothing to tell");
	ok(ucspitls_active(), "is TLS all the same");
	ok(start(full, sizeof full - 1, 100) == -1, "cut off: failed");
	ok(start("", 0, 1) == -1, "closed at once: failed");
	memset(endless, 'x', sizeof endless);
	ok(start(endless, sizeof endless, 5000) == -1, "endless: failed");
	setenv("TLS", "off", 1);
	unsetenv("SSL_PROTOCOL");
	ok(!ucspitls_offered(), "off: no offer");
	return done();
}
