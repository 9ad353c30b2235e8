/* SPDX-License-Identifier: ISC */
/* The monitor's side of a login. It holds the rights (usually root's) and
 * trusts nothing the front says: each request is one bounded message, and the
 * verdict is a checkpassword program's. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "chain.h"
#include "deadline.h"
#include "log.h"
#include "login.h"
#include "login_wire.h"
#include "loginfail.h"
#include "peer.h"
#include "priv.h"
#include "ucspitls.h"
#include "usage.h"

enum {
	LOGIN_FD = 3, /* where a checkpassword program reads */
	LOGIN_SECONDS = 60,
	LOGIN_LONGEST = 86400 /* a front is waited for */
};

struct login_request {
	int what; /* LOGIN_WIRE_LOGIN, TLS or TAG, or 0: no more */
	size_t n; /* of s: "user\0password\0time\0", or the tag */
	char s[1 + LOGIN_REQUEST_MAX];
};

/* The front that login_tell sees off: one a process. */
static pid_t login_front;

/* ------------------------------------------------------------- requests */

/* 1 if the N bytes at S are two strings and nothing else, with room for the
 * time behind them. */
static int
login_two_strings(const char *s, size_t n)
{
	const char *end = memchr(s, 0, n);

	return end && n + LOG_NUM <= LOGIN_REQUEST_MAX &&
	    memchr(end + 1, 0, n - (size_t)(end + 1 - s)) == s + n - 1;
}

/* Waits for the front's next request. */
static void
login_receive(int fd, struct login_request *q)
{
	char number[LOG_NUM];
	tain deadline;
	int what;

	q->what = 0;
	deadline_in(&deadline, LOGIN_LONGEST);
	if (peer_recv(fd, q->s, sizeof q->s, &q->n, 0, &deadline) != 1 ||
	    q->n < 1)
		return;
	what = q->s[0];
	memmove(q->s, q->s + 1, --q->n);
	if ((what == LOGIN_WIRE_TLS && q->n == 0) || what == LOGIN_WIRE_TAG)
		q->what = what;
	if (what != LOGIN_WIRE_LOGIN || !login_two_strings(q->s, q->n))
		return;
	log_u64(number, (uint64_t)time(0));
	memcpy(q->s + q->n, number, strlen(number) + 1);
	q->n += strlen(number) + 1;
	q->what = what;
}

static int
login_say(int fd, char verdict)
{
	tain deadline;

	deadline_in(&deadline, LOGIN_SECONDS);
	return peer_send(fd, &verdict, 1, -1, &deadline);
}

/* ------------------------------------------------------------- attempts */

/* Puts the request, wiped then, on fd 3. 0, or -1. The pipe holds it whole. */
static int
login_offer(struct login_request *q)
{
	int p[2], r = -1;

	if (pipe(p) == 0) {
		if (write(p[1], q->s, q->n) == (ssize_t)q->n)
			r = 0;
		close(p[1]);
		if (p[0] != LOGIN_FD) {
			if (dup2(p[0], LOGIN_FD) < 0)
				r = -1;
			close(p[0]);
		}
	}
	priv_wipe(q->s, sizeof q->s);
	return r;
}

static int
login_setfd(int fd)
{
	char number[LOG_NUM];

	return setenv("LOGINFD", log_u64(number, (unsigned int)fd), 1);
}

/* A child becomes ARGV. */
static void
login_exec(char *const *argv)
{
	if (chain_ours(argv[0]))
		chain_next(argv);
	execvp(argv[0], argv);
	log_diesys(111, "cannot run ", argv[0], (char *)0);
}

/* How the child that ran ARGV ended: its exit code; 128 if a signal ended it. Of
 * a foreign program 100 is 1: cvm's means a wrong password. */
static int
login_code(int status, char *const *argv)
{
	if (!WIFEXITED(status))
		return 128;
	if (WEXITSTATUS(status) == 100 && !chain_ours(argv[0]))
		return 1;
	return WEXITSTATUS(status);
}

/* Runs ARGV in a child with the request on its fd 3 and TELL (or -1) as its
 * LOGINFD. As login_code; 111 if it cannot be started. */
static int
login_child(struct login_request *q, int tell, char *const *argv)
{
	int status;
	pid_t pid;

	if (login_offer(q) < 0 || (pid = fork()) < 0) {
		log_event("error", "reason", "cannot start the password check",
		    (char *)0);
		close(LOGIN_FD);
		return 111;
	}
	if (!pid) {
		ucspitls_decline();
		if (tell >= 0 &&
		    (fcntl(tell, F_SETFD, 0) < 0 || login_setfd(tell) < 0))
			_exit(111);
		login_front = 0;
		login_exec(argv);
	}
	close(LOGIN_FD);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return 111;
	return login_code(status, argv);
}

/* Calls ARGV, which is ours, in this process. Returns its code, unless this
 * process becomes the session. */
static int
login_call(int fd, struct login_request *q, char *const *argv)
{
	int r;

	if (login_setfd(fd) < 0 || login_offer(q) < 0)
		return 111;
	r = chain_call(argv);
	close(LOGIN_FD);
	return r;
}

/* Waits as long as earlier failures of F's client and account ask for. 1; 0 no
 * password counts now, or the front has gone meanwhile. */
static int
login_admit(int fd, const struct loginfail *f)
{
	int seconds = loginfail_delay(f);
	tain deadline;

	if (seconds <= 0)
		return seconds == 0;
	deadline_in(&deadline, (unsigned int)seconds);
	return deadline_wait(fd, 0, &deadline) == 0;
}

/* -------------------------------------------------------------- services */

/* FD, or where it is now if it was fd 3: that is where a request goes. */
static int
login_move(int fd)
{
	int other;

	if (fd != LOGIN_FD)
		return fd;
	if ((other = fcntl(fd, F_DUPFD_CLOEXEC, LOGIN_FD + 1)) < 0)
		log_diesys(111, "cannot move a descriptor", (char *)0);
	close(fd);
	return other;
}

/* Keeps fd 3 free: FD itself and the offer of TLS move away. Children are
 * waited for, whatever the program before did with SIGCHLD. */
static int
login_prepare(int fd)
{
	signal(SIGCHLD, SIG_DFL);
	ucspitls_avoid(LOGIN_FD);
	chain_keep(fd);
	return login_move(fd);
}

static int
login_tls(int fd)
{
	tain deadline;

	deadline_in(&deadline, LOGIN_SECONDS);
	return ucspitls_offered() && ucspitls_start(&deadline) == 1 &&
	    login_say(fd, LOGIN_WIRE_SAFE) == 1;
}

/* The tag for the session, in the environment. 1; 0 it is none. */
static int
login_imap(const struct login_request *q)
{
	char tag[LOGIN_TAG_MAX + 1];
	size_t i;

	if (q->n < 1 || q->n > LOGIN_TAG_MAX)
		return 0;
	for (i = 0; i < q->n; i++) {
		if (q->s[i] <= ' ' || q->s[i] > 126 ||
		    strchr("(){%*+\"\\", q->s[i]))
			return 0;
		tag[i] = q->s[i];
	}
	tag[i] = 0;
	return setenv("IMAPLOGINTAG", tag, 1) == 0;
}

/* Runs ARGV for login_become: its code. */
static int
login_session(int fd, struct login_request *q, char *const *argv)
{
	if (chain_calls(argv[0]))
		return login_call(fd, q, argv);
	if (chain_ours(argv[0]))
		return login_child(q, fd, argv);
	if (login_say(fd, LOGIN_WIRE_WAIT) != 1)
		return 0;
	return login_child(q, -1, argv);
}

/* One attempt of login_become: its code. Only 1, 2, 100 and 111 mean that
 * there was no session. */
static int
login_attempt(int fd, struct login_request *q, char *const *argv)
{
	struct loginfail f;
	int code;

	loginfail_begin(&f, q->s);
	if (!login_admit(fd, &f)) {
		priv_wipe(q->s, sizeof q->s);
		return 111;
	}
	if ((code = login_session(fd, q, argv)) == 1)
		loginfail_count(&f);
	return code;
}

int
login_become(int fd, pid_t front, char *const *argv)
{
	struct login_request q;
	int code = 0;

	fd = login_prepare(fd);
	login_front = front;
	for (;;) {
		login_receive(fd, &q);
		if (q.what == LOGIN_WIRE_TLS && login_tls(fd))
			continue;
		if (q.what == LOGIN_WIRE_TAG && login_imap(&q))
			continue;
		if (q.what != LOGIN_WIRE_LOGIN)
			break;
		code = login_attempt(fd, &q, argv);
		if (code != 1 && code != 2 && code != 100 && code != 111)
			break;
		if (login_say(
			fd, code == 1 ? LOGIN_WIRE_BAD : LOGIN_WIRE_LATER) != 1)
			break;
	}
	close(fd);
	return code;
}

/* One attempt of login_serve. What checkpw tells (at most LOGIN_ANSWER_MAX)
 * waits in the socketpair until it has exited. */
static int
login_check(int fd, struct login_request *q, char *const *argv)
{
	struct login_answer a = {.n = 0};
	struct loginfail f;
	tain deadline;
	int s[2] = {-1, -1}, code, told = 0;

	loginfail_begin(&f, q->s);
	if (!login_admit(fd, &f)) {
		priv_wipe(q->s, sizeof q->s);
		return login_say(fd, LOGIN_WIRE_LATER);
	}
	if (chain_ours(argv[0]) &&
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, s) < 0)
		return login_say(fd, LOGIN_WIRE_LATER);
	s[0] = login_move(s[0]);
	s[1] = login_move(s[1]);
	if ((code = login_child(q, s[1], argv)) == 1)
		loginfail_count(&f);
	deadline_in(&deadline, LOGIN_SECONDS);
	if (s[0] >= 0) {
		close(s[1]);
		told = peer_recv(s[0], a.s, sizeof a.s, &a.n, 0, &deadline);
		close(s[0]);
	}
	if (code == 0 && told == 1)
		return peer_send(fd, a.s, a.n, -1, &deadline);
	if (code == 0 && s[0] < 0)
		return login_say(fd, LOGIN_WIRE_YES);
	return login_say(fd, code == 1 ? LOGIN_WIRE_BAD : LOGIN_WIRE_LATER);
}

void
login_serve(int fd, char *const *argv)
{
	struct login_request q;

	fd = login_prepare(fd);
	do
		login_receive(fd, &q);
	while (q.what == LOGIN_WIRE_LOGIN && login_check(fd, &q, argv) == 1);
	close(fd);
}

/* --------------------------------------------------------------- checkpw */

/* The front has nothing more to do: it goes before the session begins. */
static void
login_see_off(void)
{
	if (login_front <= 0)
		return;
	kill(login_front, SIGKILL);
	while (waitpid(login_front, 0, 0) < 0 && errno == EINTR)
		;
	login_front = 0;
}

void
login_tell(const char *const *env)
{
	const char *s = getenv("LOGINFD");
	char m[LOGIN_ANSWER_MAX] = {LOGIN_WIRE_YES};
	size_t n = 1, len;
	tain deadline;
	int fd;

	if (s) {
		fd = (int)usage_number("LOGINFD", s, 3, 65535);
		for (; *env; env++) {
			len = strlen(*env) + 1;
			if (len > sizeof m - n)
				log_die(111, "too much to tell", (char *)0);
			memcpy(m + n, *env, len);
			n += len;
		}
		deadline_in(&deadline, LOGIN_SECONDS);
		if (peer_send(fd, m, n, -1, &deadline) != 1)
			log_diesys(
			    111, "nobody waits for this login", (char *)0);
		close(fd);
		unsetenv("LOGINFD");
	}
	ucspitls_decline();
	login_see_off();
}
