/* SPDX-License-Identifier: ISC */
/* The master of tlsd. */
#include "master.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "pair.h"

/* Opens the bundle NAME. -1: it is gone or unreadable, and that is logged. */
static int
master_open(const struct master *m, const char *name)
{
	int fd = names_open(m->folder.dir, name);

	if (fd < 0)
		log_event("badbundle", "name", name, "reason", strerror(errno),
		    (char *)0);
	return fd;
}

/* Gives the bundle NAME, open as FD, to the pairs from FIRST to before END. */
static void
master_give(
    struct master *m, size_t first, size_t end, const char *name, int fd)
{
	size_t i;

	for (i = first; i < end; i++)
		pair_give(m, &m->pair[i], name, fd, i == first);
}

static void
master_changed(void *arg, const char *name, int gone)
{
	struct master *m = arg;
	size_t i;
	int fd;

	if (gone) {
		for (i = 0; i < m->pairs; i++)
			pair_gone(&m->pair[i], name);
	} else if ((fd = master_open(m, name)) >= 0) {
		master_give(m, 0, m->pairs, name, fd);
		close(fd);
	}
}

static void
master_look(struct master *m)
{
	if (folder_look(&m->folder, master_changed, m) < 0)
		log_event("nofolder", "reason", strerror(errno), (char *)0);
}

/* All bundles for pair I, which has a new signer. */
static void
master_supply(struct master *m, size_t i)
{
	const char *name;
	size_t j;
	int fd;

	for (j = 0; j < m->folder.n; j++) {
		name = m->folder.file[j].name;
		if ((fd = master_open(m, name)) < 0)
			continue;
		master_give(m, i, i + 1, name, fd);
		close(fd);
	}
	pair_all(&m->pair[i]);
}

/* What has died gets a successor with all certificates. */
static void
master_revive(struct master *m)
{
	struct master_pair *p;
	size_t i;

	for (i = 0; i < m->pairs; i++) {
		p = &m->pair[i];
		pair_look(p);
		if (p->worker && p->signer)
			continue;
		if (!p->worker) {
			/* the old one is on its way out */
			p->signer = 0;
			pair_start_worker(m, p);
		}
		pair_start_signer(m, p);
		master_supply(m, i);
	}
}

/* How the process with STATUS has ended, in the log. The exit code that fits
 * for the master. */
static int
master_ended(const char *event, pid_t pid, int status)
{
	char number[LOG_NUM], id[LOG_NUM];
	int killed = WIFSIGNALED(status);

	log_u64(number,
	    (uint64_t)(killed ? WTERMSIG(status) : WEXITSTATUS(status)));
	log_event(event, "pid", log_u64(id, (uint64_t)pid),
	    killed ? "signal" : "status", number, "reason",
	    killed && WTERMSIG(status) == SIGSYS
		? "a system call that it does not need"
		: 0,
	    (char *)0);
	return !killed && WEXITSTATUS(status) == 100 ? 100 : 111;
}

/* How many processes live. */
static size_t
master_reap(struct master *m)
{
	struct master_pair *p;
	int status, worker;
	size_t i, live = 0;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (i = 0; i < m->pairs; i++) {
			p = &m->pair[i];
			worker = p->worker == pid;
			if (!worker && p->signer != pid)
				continue;
			pair_ended(p, pid);
			if (!m->stopping || status)
				master_ended(
				    worker ? "workerended" : "signerended", pid,
				    status);
		}
	for (i = 0; i < m->pairs; i++)
		live += (m->pair[i].worker != 0) + (m->pair[i].signer != 0);
	return live;
}

/* Ends the program if the worker of P does not get ready: it has died, or its
 * signer has, without which it would wait for ever. */
static void
master_await(struct master_pair *p)
{
	struct pollfd in = {.fd = p->fd, .events = POLLIN};
	char c;
	int status;

	while (poll(&in, 1, 100) <= 0)
		if (waitpid(p->signer, &status, WNOHANG) == p->signer)
			exit(master_ended("signerended", p->signer, status));
	if (recv(p->fd, &c, 1, 0) == 1)
		return;
	waitpid(p->worker, &status, 0);
	exit(master_ended("workerended", p->worker, status));
}

/* Starts all, and waits until they have read the certificates: what is wrong
 * at the start ends the program. */
static void
master_begin(struct master *m)
{
	size_t i;

	for (i = 0; i < m->pairs; i++) {
		pair_start_worker(m, &m->pair[i]);
		pair_start_signer(m, &m->pair[i]);
	}
	master_look(m);
	for (i = 0; i < m->pairs; i++)
		pair_all(&m->pair[i]);
	for (i = 0; i < m->pairs; i++)
		master_await(&m->pair[i]);
	if (m->ready < 0)
		return;
	if (write(m->ready, "\n", 1) != 1)
		log_diesys(111, "cannot write to the fd of -r", (char *)0);
	close(m->ready);
	m->ready = -1;
}

static void
master_stop(struct master *m)
{
	size_t i;

	if (!m->stopping++) {
		close(m->listener);
		close(m->late);
	}
	for (i = 0; i < m->pairs; i++)
		if (m->pair[i].worker)
			kill(m->pair[i].worker, SIGTERM);
}

static time_t
master_clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return t.tv_sec;
}

/* A new key of session tickets, for all workers. */
static void
master_tickets(struct master *m)
{
	struct tickets_key k;
	size_t i;

	tickets_random(&k);
	m->tickets.seconds = m->limits.ticket;
	tickets_turn(&m->tickets, &k);
	for (i = 0; i < m->pairs; i++)
		pair_tickets(&m->pair[i], &k);
	priv_wipe(&k, sizeof k);
	m->turn = master_clock() + (time_t)m->limits.ticket;
}

int
master_run(struct master *m)
{
	static const struct timespec second = {.tv_sec = 1};
	sigset_t s;

	sigemptyset(&s);
	sigaddset(&s, SIGTERM);
	sigaddset(&s, SIGCHLD);
	sigaddset(&s, SIGHUP); /* look at the folder at once */
	signal(SIGCHLD, SIG_DFL);
	sigprocmask(SIG_BLOCK, &s, 0);
	master_tickets(m);
	master_tickets(m);
	master_begin(m);
	log_event("ready", (char *)0);
	while (master_reap(m) > 0 || !m->stopping) {
		if (sigtimedwait(&s, 0, &second) == SIGTERM)
			master_stop(m);
		if (m->stopping)
			continue;
		master_look(m);
		master_reap(m);
		master_revive(m);
		if (master_clock() >= m->turn)
			master_tickets(m);
	}
	return 0;
}
