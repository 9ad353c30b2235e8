/* SPDX-License-Identifier: ISC */
/* Tests of lib/login with a checkpassword program that is not ours: what the
 * front hears, that requests are bounded, that sessions end quietly. (t/checkpw.t
 * and t/pop3login.t try it with ours.) */
#include "login.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "deadline.h"
#include "peer.h"
#include "priv.h"
#include "t/tap.h"

static char script[] = "/tmp/postern-login.XXXXXX";

/* Accepts password "right", breaks on "break", and shows what it was given. */
static const char text[] = "#!/bin/sh\n"
			   "exec 5<&0 <&3 3<&-\n"
			   "set -- \"$@\" $(tr '\\000' ' ')\n"
			   "case $2 in\n"
			   "right) exit 0 ;;\n"
			   "session) exit 77 ;;\n"
			   "late) sleep 2; exit 0 ;;\n"
			   "break) exit 111 ;;\n"
			   "misuse) exit 2 ;;\n"
			   "*) exit 1 ;;\n"
			   "esac\n";

static void
script_make(void)
{
	int fd = mkstemp(script);

	if (fd < 0 || write(fd, text, sizeof text - 1) < 0 ||
	    fchmod(fd, 0755) < 0)
		exit(111);
	close(fd);
}

static enum login_verdict
ask(int fd, const char *user, const char *password)
{
	static struct login_answer a;
	tain deadline;

	deadline_in(&deadline, 60);
	return login_ask(
	    fd, user, strlen(user), password, strlen(password), &a, &deadline);
}

/* The other side of FRONT's socketpair serves, or becomes the session. */
static pid_t
monitor(int *front, int become)
{
	char *argv[] = {script, 0};
	int s[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, s) < 0)
		exit(111);
	if ((pid = fork()) == 0) {
		close(s[0]);
		if (become)
			_exit(login_become(s[1], 0, argv));
		login_serve(s[1], argv);
		_exit(50);
	}
	close(s[1]);
	*front = s[0];
	return pid;
}

static int
code(pid_t pid)
{
	int status;

	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
serving(void)
{
	char big[LOGIN_REQUEST_MAX + 1];
	int fd;
	pid_t pid = monitor(&fd, 0);

	ok(ask(fd, "a", "wrong") == LOGIN_BAD, "bad");
	ok(ask(fd, "a", "break") == LOGIN_TEMP, "temporary");
	ok(ask(fd, "a", "misuse") == LOGIN_TEMP, "misuse is temporary");
	ok(ask(fd, "a", "session") == LOGIN_TEMP, "odd codes are not yes");
	ok(ask(fd, "a", "right") == LOGIN_YES, "yes");
	ok(ask(fd, "a", "right") == LOGIN_YES, "and again");
	memset(big, 'x', sizeof big);
	big[sizeof big - 1] = 0;
	ok(ask(fd, big, "right") == LOGIN_BAD, "too long is bad unasked");
	close(fd);
	ok(code(pid) == 50, "the monitor returns when the front closes");
}

static void
becoming(void)
{
	tain deadline;
	int fd;
	pid_t pid = monitor(&fd, 1);

	deadline_in(&deadline, 60);
	ok(login_tag(fd, "A.1", &deadline) == 0, "become: a tag");
	ok(ask(fd, "a", "wrong") == LOGIN_BAD, "become: bad");
	ok(ask(fd, "a", "break") == LOGIN_TEMP, "become: temporary");
	ok(ask(fd, "a", "session") == LOGIN_YES,
	    "the end of a session is no verdict");
	ok(code(pid) == 77, "the session's code");
	ok(ask(fd, "a", "right") == LOGIN_TEMP, "nobody is there any more");
	close(fd);
}

/* A verdict after the deadline must not start anything. */
static void
deadlines(void)
{
	static struct login_answer a;
	tain deadline;
	int fd;
	pid_t pid = monitor(&fd, 0);

	deadline_in(&deadline, 1);
	ok(login_ask(fd, "a", 1, "late", 4, &a, &deadline) == LOGIN_TEMP,
	    "too late is temporary");
	ok(code(pid) == 50, "and ends the monitor");
	close(fd);
}

/* What no front of ours sends. */
static void
hostile(void)
{
	static const struct {
		const char *m;
		size_t n;
	} bad[] = {{"", 0}, {"L", 1}, {"La\0b", 4}, {"La", 2},
	    {"La\0b\0c\0", 7}, {"Xa\0b\0", 5}, {"T", 1}, {"T\0\0", 3},
	    {"L\0", 2}, {"I", 1}, {"Ia b", 4}, {"Ia\n", 3}, {"I+", 2},
	    {"Ia\0", 3}, {"I\"", 2}, {"I\xff", 2},
	    {"I1234567890123456789012345678901234567890123456789012345678901234"
	     "5",
		66}};
	tain deadline;
	char got[8];
	size_t i, n;
	int fd;
	pid_t pid;

	deadline_in(&deadline, 60);
	for (i = 0; i < sizeof bad / sizeof *bad; i++) {
		pid = monitor(&fd, 1);
		peer_send(fd, bad[i].m, bad[i].n, -1, &deadline);
		ok(peer_recv(fd, got, sizeof got, &n, 0, &deadline) == 0,
		    "a bad request ends the monitor");
		code(pid);
		close(fd);
	}
}

static void
answers(void)
{
	static const char s[] = "USER=u\0FROM=a@b\0FROM=c@d";
	struct login_answer a = {.n = sizeof s};
	const char *from;

	memcpy(a.s, s, sizeof s);
	is(login_answer_get(&a, "USER", 0), "u", "user");
	from = login_answer_get(&a, "FROM", 0);
	is(from, "a@b", "first");
	from = login_answer_get(&a, "FROM", from);
	is(from, "c@d", "second");
	ok(!login_answer_get(&a, "FROM", from), "no third");
	ok(!login_answer_get(&a, "FRO", 0), "a part of a name is none");
}

int
main(void)
{
	script_make();
	serving();
	becoming();
	deadlines();
	hostile();
	answers();
	unlink(script);
	return done();
}
