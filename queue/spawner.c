/* SPDX-License-Identifier: ISC */
/* Starts deliver as the owner of a mailbox, and links to other servers. Runs as
 * root, or as the one user of an instance that has only one. */
#include "queue/spawner.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "chain.h"
#include "deadline.h"
#include "log.h"
#include "peer.h"
#include "queue/report.h"
#include "queue/start.h"

enum { SPAWNER_JOBS_MAX = 512, SPAWNER_SECONDS = 30 };

struct spawner {
	int peer;
	const struct start_config *c;
	unsigned int max;
	sigset_t before; /* the signal mask that children get back */
	pid_t child[SPAWNER_JOBS_MAX];
	int said[SPAWNER_JOBS_MAX];  /* a pipe from its fd 1 */
	char link[SPAWNER_JOBS_MAX]; /* it is one, and leads a process group */
	char slot[SPAWNER_JOBS_MAX][LOG_NUM];
};

/* The answer about child I, that it ended with CODE and what it said. */
static int
spawner_answer(struct spawner *s, size_t i, int code)
{
	char text[SPAWNER_ANSWER_MAX];
	size_t n = strlen(s->slot[i]) + 1;
	ssize_t r = -1;
	tain deadline;

	memcpy(text, s->slot[i], n);
	log_u64(text + n, (uint64_t)code);
	n += strlen(text + n) + 1;
	if (s->said[i] >= 0) {
		r = read(s->said[i], text + n, REPORT_MAX);
		close(s->said[i]);
		s->said[i] = -1;
	}
	n += r > 0 ? strnlen(text + n, (size_t)r) : 0;
	text[n++] = 0;
	deadline_in(&deadline, SPAWNER_SECONDS);
	return peer_send(s->peer, text, n, -1, &deadline);
}

/* Forks for the request FIELD in place I. The child's fd 1 leads here. */
static void
spawner_fork(struct spawner *s, const char *const *field, int fd, size_t i)
{
	int said[2];

	s->said[i] = -1;
	s->child[i] = -1;
	if (pipe2(said, O_CLOEXEC | O_NONBLOCK) < 0)
		return;
	s->link[i] = *field[5] == SPAWNER_LINK;
	if ((s->child[i] = fork()) == 0) {
		sigprocmask(SIG_SETMASK, &s->before, 0);
		chain_keep(s->peer);
		close(s->peer);
		if (s->link[i])
			start_link(s->c, field, fd);
		if (*field[5] == SPAWNER_FILTER)
			start_filter(s->c, field, fd, said[1]);
		start_delivery(s->c->cdb, field, fd, said[1]);
	}
	if (s->link[i] && s->child[i] > 0)
		setpgid(s->child[i], 0);
	close(said[1]);
	s->said[i] = said[0];
}

/* Ends the link in SLOT, if it is still there, with its process group; all of
 * them if SLOT is null. */
static void
spawner_stop(const struct spawner *s, const char *slot)
{
	size_t i;

	for (i = 0; i < s->max; i++)
		if (s->child[i] && s->link[i] &&
		    (!slot || strcmp(s->slot[i], slot) == 0))
			kill(-s->child[i], SIGTERM);
}

/* Takes one request and forks for it. 1; 0 the manager is gone; -1 failed. */
static int
spawner_take(struct spawner *s)
{
	char request[SPAWNER_REQUEST_MAX];
	const char *field[SPAWNER_FIELDS];
	tain deadline;
	size_t n, i;
	int fd, r;

	deadline_in(&deadline, SPAWNER_SECONDS);
	r = peer_recv(s->peer, request, sizeof request, &n, &fd, &deadline);
	if (r <= 0)
		return r;
	for (i = 0; i < s->max && s->child[i]; i++)
		;
	if (!peer_split(request, n, field, SPAWNER_FIELDS) ||
	    strlen(field[0]) >= LOG_NUM)
		i = s->max;
	else if (*field[5] == SPAWNER_STOP && fd < 0) {
		spawner_stop(s, field[0]);
		return 1;
	}
	if (i == s->max || fd < 0) {
		errno = EPROTO;
		return -1;
	}
	strcpy(s->slot[i], field[0]);
	spawner_fork(s, field, fd, i);
	close(fd);
	if (s->child[i] > 0)
		return 1;
	log_event("fork-failed", "reason", strerror(errno), (char *)0);
	s->child[i] = 0;
	return spawner_answer(s, i, 111);
}

/* Tells the manager of every child that has ended. 1 or -1. */
static int
spawner_reap(struct spawner *s)
{
	int status;
	pid_t pid;
	size_t i;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (i = 0; i < s->max; i++)
			if (s->child[i] == pid) {
				s->child[i] = 0;
				if (spawner_answer(s, i,
					WIFEXITED(status) ? WEXITSTATUS(status)
							  : 111) != 1)
					return -1;
			}
	return 1;
}

static int
spawner_busy(const struct spawner *s)
{
	size_t i;

	for (i = 0; i < s->max; i++)
		if (s->child[i])
			return 1;
	return 0;
}

int
spawner_run(int fd, const struct start_config *c, unsigned int max)
{
	static struct spawner s;
	struct signalfd_siginfo info;
	struct pollfd p[2];
	sigset_t chld;
	int r = 1;

	s.peer = fd;
	s.c = c;
	s.max = max < SPAWNER_JOBS_MAX ? max : SPAWNER_JOBS_MAX;
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &chld, &s.before);
	p[0].fd = fd;
	p[1].fd = signalfd(-1, &chld, SFD_CLOEXEC | SFD_NONBLOCK);
	if (p[1].fd < 0)
		log_diesys(111, "cannot watch for children", (char *)0);
	chain_close_on_next(p[1].fd);
	while (r > 0) {
		p[0].events = p[1].events = POLLIN;
		if (poll(p, 2, -1) < 0)
			continue;
		if (p[1].revents) {
			while (read(p[1].fd, &info, sizeof info) > 0)
				;
			r = spawner_reap(&s);
		}
		if (r > 0 && p[0].revents)
			r = spawner_take(&s);
	}
	spawner_stop(&s, 0); /* nobody is there to hear what comes of them */
	if (r < 0)
		log_event("spawner-ends", "reason", strerror(errno), (char *)0);
	return r == 0 && !spawner_busy(&s) ? 0 : 111;
}
