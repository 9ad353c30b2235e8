/* SPDX-License-Identifier: ISC */
/* The program that tlsclient runs with a connection. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "chain.h"
#include "client.h"
#include "deadline.h"
#include "log.h"
#include "ucspitls.h"

enum { NEXT_FD = 10, NEXT_SLACK = 5 };

/* Two connected sockets, out of the way of 6 and 7, closed on exec. */
static void
client_pair(int *a, int *b)
{
	int s[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, s) < 0 ||
	    (*a = fcntl(s[0], F_DUPFD_CLOEXEC, NEXT_FD)) < 0 ||
	    (*b = fcntl(s[1], F_DUPFD_CLOEXEC, NEXT_FD)) < 0)
		log_diesys(111, "cannot make a socketpair", (char *)0);
	close(s[0]);
	close(s[1]);
}

/* FD stays open in next, and its number is told. */
static void
client_give(const char *name, int fd)
{
	char number[LOG_NUM];

	if (fcntl(fd, F_SETFD, 0) < 0 ||
	    setenv(name, log_u64(number, (uint64_t)fd), 1) < 0)
		log_diesys(111, "cannot set ", name, (char *)0);
}

static void __attribute__((noreturn))
client_next(const struct client *c, int ctl, int rd, int wr, char *const *next)
{
	tain deadline;

	client_give("SSLCTLFD", ctl);
	client_give("SSLREADFD", rd);
	client_give("SSLWRITEFD", wr);
	if (c->delayed) {
		if (dup2(c->net, 6) < 0 || dup2(c->net, 7) < 0)
			log_diesys(111, "cannot set fd 6 and 7", (char *)0);
		chain_next(next);
	}
	close(c->net);
	deadline_in(&deadline, c->seconds + NEXT_SLACK);
	if (ucspitls_start_at(6, 7, &deadline) < 0)
		_exit(1); /* tlsclient tells why */
	chain_next(next);
}

void
client_fork(struct client *c, char *const *next)
{
	int ctl, rd, wr;

	client_pair(&c->ctl, &ctl);
	client_pair(&c->to_next, &rd);
	client_pair(&c->from_next, &wr);
	if (send(rd, "", 1, MSG_NOSIGNAL) != 1)
		log_diesys(111, "cannot use a socketpair", (char *)0);
	if ((c->child = fork()) < 0)
		log_diesys(111, "cannot fork", (char *)0);
	if (c->child == 0) {
		close(c->ctl);
		close(c->to_next);
		close(c->from_next);
		if (c->status >= 0)
			close(c->status);
		client_next(c, ctl, rd, wr, next);
	}
	close(ctl);
	close(rd);
	close(wr);
}

int
client_wait(const struct client *c)
{
	int status;

	while (waitpid(c->child, &status, 0) < 0)
		if (errno != EINTR)
			return 111;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 111;
}
