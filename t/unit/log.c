/* SPDX-License-Identifier: ISC */
/* Tests of lib/log: quoting, one line whatever comes, cutting, and silence
 * where fd 2 is the client. */
#include "log.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "t/tap.h"

static char got[4 * LOG_MAX];

/* Runs WRITE in a child with fd 2 in a socketpair; what came is in got, the
 * exit code is returned. With CLIENT, fd 0 is the same socket. */
static int
captured(void (*writer)(void), int client)
{
	int s[2], status;
	size_t n = 0;
	ssize_t r;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, s) < 0)
		exit(111);
	fflush(stdout);
	if (fork() == 0) {
		dup2(s[1], 2);
		if (client)
			dup2(s[1], 0);
		close(s[0]);
		close(s[1]);
		writer();
		_exit(0);
	}
	close(s[1]);
	while ((r = read(s[0], got + n, sizeof got - 1 - n)) > 0)
		n += (size_t)r;
	got[n] = 0;
	close(s[0]);
	wait(&status);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static void
plain(void)
{
	setenv("CONNID", "c1", 1);
	log_start("p");
	log_event("e", "a", "1", "none", (char *)0, "b", "x y", (char *)0);
}

static void
hostile(void)
{
	unsetenv("CONNID");
	log_start("p");
	log_event("e", "user", "a\nprog=p event=login user=\"root\" \\ \xff",
	    "empty", "", (char *)0);
}

static void
endless(void)
{
	static char text[3 * LOG_MAX];

	memset(text, '\n', sizeof text - 1);
	log_start("p");
	log_event("e", "a", text, "b", text, (char *)0);
}

static void
fatal(void)
{
	log_start("p");
	log_die(100, "no ", "file \"x\"", (char *)0);
}

static void
made(void)
{
	unsetenv("CONNID");
	log_start_conn("p");
	log_event("e", (char *)0);
}

int
main(void)
{
	char number[LOG_NUM];

	captured(plain, 0);
	is(got, "prog=p connid=c1 event=e a=1 b=\"x y\"\n", "pairs");
	captured(hostile, 0);
	is(got,
	    "prog=p event=e user=\"a\\x0aprog=p event=login "
	    "user=\\\"root\\\" \\\\ \\xff\" empty=\"\"\n",
	    "no value makes a line or a pair");
	captured(endless, 0);
	ok(strlen(got) <= LOG_MAX, "cut at the maximum");
	ok(strchr(got, '\n') == got + strlen(got) - 1, "still one line");
	ok(captured(fatal, 0) == 100, "log_die exits with its code");
	is(got, "prog=p event=fatal exit=100 reason=\"no file \\\"x\\\"\"\n",
	    "and says why");
	captured(made, 0);
	ok(strncmp(got, "prog=p connid=", 14) == 0 && got[14] != ' ',
	    "a CONNID is made");
	ok(captured(fatal, 1) == 100, "fd 2 is the client");
	is(got, "", "nothing is written to it");
	is(log_u64(number, 0), "0", "0");
	is(log_u64(number, 18446744073709551615u), "18446744073709551615",
	    "2^64 - 1");
	return done();
}
