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

#include "image.h"
#include "log.h"
#include "socket.h"
#include "tcplisten.h"

enum {
	SERVE_PAUSE = 500,  /* ms, when the system has no room */
	SERVE_FAILURES = 8, /* of accept, one after the other, before a pause */
	SERVE_EPISODE = 10 /* seconds without trouble before it is news again */
};

void
tcplisten_signals(struct tcplisten *l)
{
	/* The first two are read. The others are blocked only: a terminal or
	 * a log that is gone. */
	static const int handled[] = {SIGCHLD, SIGTERM, SIGHUP, SIGPIPE};
	sigset_t read, block;
	size_t i;

	sigemptyset(&read);
	sigemptyset(&block);
	for (i = 0; i < sizeof handled / sizeof *handled; i++) {
		signal(handled[i], SIG_DFL);
		sigaddset(&block, handled[i]);
		if (i < 2)
			sigaddset(&read, handled[i]);
	}
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

	log_event(l->sockets.n ? "stop" : "kill", "sessions",
	    log_u64(number, l->children.live), (char *)0);
	if (l->sockets.n)
		sockets_close(&l->sockets);
	else
		children_kill(&l->children, SIGTERM);
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

/* Says what has failed, once an episode: the same trouble thousands of times
 * is no news. */
static void
serve_trouble(struct tcplisten *l, const char *event, const char *what)
{
	int error = errno;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	if (!l->trouble || now.tv_sec - l->trouble >= SERVE_EPISODE)
		log_event(
		    event, "reason", what, "error", strerror(error), (char *)0);
	l->trouble = now.tv_sec;
}

/* Waits until one of the N descriptors of P is ready, the first of which is
 * that of signals, or for MS (-1: as long as it takes). */
static void
serve_wait(struct tcplisten *l, struct pollfd *p, size_t n, int ms)
{
	size_t i;

	p[0].fd = l->sigfd;
	for (i = 0; i < n; i++) {
		p[i].events = POLLIN;
		p[i].revents = 0;
	}
	if (poll(p, n, ms) < 0 && errno != EINTR) {
		serve_trouble(l, "pause", "cannot poll");
		usleep(1000 * SERVE_PAUSE);
	}
	if (p[0].revents)
		serve_signals(l);
}

/* A failure that has not to do with one connection only: waits, also for a
 * child that ends and so makes room. */
static void
serve_pause(struct tcplisten *l, const char *what)
{
	struct pollfd p;

	serve_trouble(l, "pause", what);
	serve_wait(l, &p, 1, SERVE_PAUSE);
}

/* accept failed. What concerns the one connection (it was reset, its route is
 * gone) must not keep the next one waiting. */
static void
serve_not_accepted(struct tcplisten *l)
{
	int one = 0;

	switch (errno) {
	case EAGAIN:
	case EINTR:
		return;
	case ECONNABORTED:
	case EPROTO:
	case EPERM: /* a firewall's rule */
	case ETIMEDOUT:
	case EHOSTUNREACH:
	case ENETUNREACH:
	case ENETDOWN:
		one = 1;
	}
	if (one && ++l->failed < SERVE_FAILURES)
		serve_trouble(l, "not-accepted", "cannot accept");
	else
		serve_pause(l, "cannot accept");
}

/* Gives connection FD of C a process, as soon as there is one to be had. */
static void
serve_fork(struct tcplisten *l, const struct child *c, int fd)
{
	pid_t pid;

	l->client = fd;
	do {
		memcpy(l->connid, c->connid, sizeof c->connid);
		pid = image_fork(session_run, l);
		*l->connid = 0;
		if (pid < 0)
			serve_pause(l, "cannot fork");
	} while (pid < 0 && l->sockets.n);
	if (pid > 0)
		children_add(&l->children, c, pid);
}

/* Takes a connection. */
static void
serve_accept(struct tcplisten *l, int s)
{
	struct child *c = children_place(&l->children);
	struct ip ip;
	int fd;

	if (!c)
		return;
	if ((fd = socket_accept(s, &ip)) < 0) {
		serve_not_accepted(l);
		return;
	}
	l->failed = 0;
	log_connid(c->connid);
	ip_fmt(c->ip, &ip);
	serve_fork(l, c, fd);
	close(fd);
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
	struct pollfd p[1 + SOCKETS_MAX];
	size_t i, n;

	while (l->sockets.n || l->children.live) {
		n = l->children.live < l->children.max ? l->sockets.n : 0;
		for (i = 0; i < n; i++)
			p[1 + i].fd = l->sockets.fd[i];
		serve_wait(l, p, 1 + n, -1);
		for (i = 0; i < n && l->sockets.n; i++)
			if (p[1 + i].revents)
				serve_accept(l, p[1 + i].fd);
		serve_limit(l);
	}
}
