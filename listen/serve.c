/* SPDX-License-Identifier: ISC */
/* The loop of tcplisten: connections in, ended children out.
 *
 * Memory that the parent writes after a fork costs a page fault for each page,
 * so all it writes for a connection is one place in the table of children and
 * the text of CONNID. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "log.h"
#include "socket.h"
#include "tcplisten.h"

enum { SERVE_PAUSE = 500 }; /* ms, when the system has no room */

void
tcplisten_signals(struct tcplisten *l)
{
	static const int reset[] = {SIGCHLD, SIGTERM, SIGPIPE};
	sigset_t read, block;
	size_t i;

	sigemptyset(&block);
	for (i = 0; i < sizeof reset / sizeof *reset; i++) {
		signal(reset[i], SIG_DFL);
		sigaddset(&block, reset[i]);
	}
	read = block;
	sigdelset(&read, SIGPIPE); /* blocked only: a log that is gone */
	sigprocmask(SIG_SETMASK, &block, 0);
	l->sigfd = signalfd(-1, &read, SFD_NONBLOCK | SFD_CLOEXEC);
	if (l->sigfd < 0)
		log_diesys(111, "cannot make a signalfd", (char *)0);
}

static void
serve_reap(struct tcplisten *l)
{
	struct child c;
	int status, killed;
	char number[LOG_NUM];

	while (children_reap(&l->children, &c, &status)) {
		killed = WIFSIGNALED(status);
		memcpy(l->connid, c.connid, sizeof c.connid);
		log_u64(number,
		    (uint64_t)(killed ? WTERMSIG(status)
				      : WEXITSTATUS(status)));
		log_event("close", "ip", c.ip, killed ? "signal" : "status",
		    number, (char *)0);
	}
	*l->connid = 0;
	if (l->children.live <= l->children.max / 2)
		l->full = 0;
}

/* The first TERM ends the listening, the second one the sessions. */
static void
serve_term(struct tcplisten *l)
{
	char number[LOG_NUM];

	log_event(l->sock < 0 ? "kill" : "stop", "sessions",
	    log_u64(number, l->children.live), (char *)0);
	if (l->sock < 0) {
		children_kill(&l->children, SIGTERM);
		return;
	}
	close(l->sock);
	l->sock = -1;
}

static void
serve_signals(struct tcplisten *l)
{
	struct signalfd_siginfo s[2]; /* one for each signal at the most */
	ssize_t n = read(l->sigfd, s, sizeof s);
	size_t i;

	for (i = 0; n > 0 && i < (size_t)n / sizeof *s; i++)
		if (s[i].ssi_signo == SIGTERM)
			serve_term(l);
	serve_reap(l);
}

/* Waits until something is to be done, or for MS (-1: as long as it takes).
 * 1 a connection is there, else 0. */
static int
serve_wait(struct tcplisten *l, int ms)
{
	int room = l->children.live < l->children.max;
	struct pollfd p[2] = {
	    {.fd = l->sigfd, .events = POLLIN},
	    {.fd = room && ms < 0 ? l->sock : -1, .events = POLLIN},
	};

	if (poll(p, 2, ms) < 0 && errno != EINTR)
		log_diesys(111, "cannot wait", (char *)0);
	if (p[0].revents)
		serve_signals(l);
	return p[1].revents && l->sock >= 0;
}

/* A failure that has not to do with one connection only: waiting helps. */
static void
serve_pause(struct tcplisten *l, const char *what)
{
	log_event("pause", "reason", what, "error", strerror(errno), (char *)0);
	serve_wait(l, SERVE_PAUSE);
}

/* accept failed. What concerns the one connection (it was reset, its route is
 * gone) must not keep the next one waiting. */
static void
serve_not_accepted(struct tcplisten *l)
{
	switch (errno) {
	case EAGAIN:
	case EINTR:
		break;
	case ECONNABORTED:
	case EPROTO:
	case EPERM: /* a firewall's rule */
	case ETIMEDOUT:
	case EHOSTUNREACH:
	case ENETUNREACH:
	case ENETDOWN:
		log_event("not-accepted", "error", strerror(errno), (char *)0);
		break;
	default:
		serve_pause(l, "cannot accept");
	}
}

/* Takes a connection and gives it a process. */
static void
serve_accept(struct tcplisten *l)
{
	struct child *c = children_place(&l->children);
	struct ip ip;
	pid_t pid;
	int fd;

	if (!c)
		return;
	if ((fd = socket_accept(l->sock, &ip)) < 0) {
		serve_not_accepted(l);
		return;
	}
	log_connid(c->connid);
	ip_fmt(c->ip, &ip);
	memcpy(l->connid, c->connid, sizeof c->connid);
	if ((pid = fork()) == 0)
		session_run(l, fd);
	close(fd);
	*l->connid = 0;
	if (pid < 0) {
		serve_pause(l, "cannot fork");
		return;
	}
	children_add(&l->children, c, pid);
}

/* Says once that the limit is reached, and again only after it was far. */
static void
serve_limit(struct tcplisten *l)
{
	char number[LOG_NUM];

	if (l->full || l->children.live < l->children.max)
		return;
	l->full = 1;
	log_event(
	    "full", "sessions", log_u64(number, l->children.live), (char *)0);
}

void
tcplisten_serve(struct tcplisten *l)
{
	while (l->sock >= 0 || l->children.live > 0) {
		if (serve_wait(l, -1))
			serve_accept(l);
		serve_limit(l);
	}
}
