/* SPDX-License-Identifier: ISC */
/* The master of tlsd. */
#include "master.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "pass.h"

enum { MASTER_SEND = 10 }; /* seconds for a worker to take a message */

/* In a new process. */
static void
master_work(const struct master *m, int parent)
{
	static struct worker w;
	size_t i;

	for (i = 0; i < m->workers; i++)
		if (m->worker[i].fd >= 0)
			close(m->worker[i].fd);
	close(m->folder.dir);
	if (m->ready >= 0)
		close(m->ready);
	priv_drop(m->id, 0);
	worker_init(&w, &m->limits);
	w.names.first = m->name;
	w.names.keys = m->keys;
	w.names.dir = -1;
	worker_run(&w, m->listener, parent);
	_exit(0);
}

/* Hands worker W the bundle NAME. A worker that does not take it has ended or
 * will be ended: it is asked again when it has a successor. */
static void
master_send(struct master_worker *w, const char *name, int fd)
{
	if (w->fd < 0)
		return;
	if (pass_send(w->fd, name, strlen(name), &fd, fd >= 0) == 0)
		return;
	if (errno == EAGAIN && w->pid)
		kill(w->pid, SIGKILL);
}

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

static void
master_changed(void *arg, const char *name, int gone)
{
	struct master *m = arg;
	size_t i;
	int fd = -1;

	if (!gone && (fd = master_open(m, name)) < 0)
		return;
	for (i = 0; i < m->workers; i++)
		master_send(&m->worker[i], name, fd);
	if (fd >= 0)
		close(fd);
}

static void
master_look(struct master *m)
{
	if (folder_look(&m->folder, master_changed, m) < 0)
		log_event("nofolder", "reason", strerror(errno), (char *)0);
}

static void
master_start(struct master *m, struct master_worker *w)
{
	struct timeval tv = {.tv_sec = MASTER_SEND};
	int s[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, s) < 0 ||
	    setsockopt(s[0], SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof tv) < 0)
		log_diesys(111, "cannot make a socketpair", (char *)0);
	if ((pid = fork()) < 0)
		log_diesys(111, "cannot fork", (char *)0);
	if (pid == 0) {
		close(s[0]);
		master_work(m, s[1]);
	}
	close(s[1]);
	w->pid = pid;
	w->fd = s[0];
}

/* A worker that has died gets a successor with all certificates. */
static void
master_revive(struct master *m)
{
	struct master_worker *w;
	size_t i, j;
	int fd;

	for (i = 0; i < m->workers; i++) {
		w = &m->worker[i];
		if (w->pid)
			continue;
		master_start(m, w);
		for (j = 0; j < m->folder.n; j++) {
			fd = master_open(m, m->folder.file[j].name);
			if (fd < 0)
				continue;
			master_send(w, m->folder.file[j].name, fd);
			close(fd);
		}
		master_send(w, MASTER_ALL, -1);
	}
}

/* How the process with STATUS has ended, in the log. The exit code that fits
 * for the master. */
static int
master_ended(pid_t pid, int status)
{
	char number[LOG_NUM], id[LOG_NUM];
	int killed = WIFSIGNALED(status);

	log_u64(number,
	    (uint64_t)(killed ? WTERMSIG(status) : WEXITSTATUS(status)));
	log_event("workerended", "pid", log_u64(id, (uint64_t)pid),
	    killed ? "signal" : "status", number, (char *)0);
	return !killed && WEXITSTATUS(status) == 100 ? 100 : 111;
}

/* How many workers live. */
static size_t
master_reap(struct master *m)
{
	int status;
	size_t i, live = 0;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (i = 0; i < m->workers; i++)
			if (m->worker[i].pid == pid) {
				close(m->worker[i].fd);
				m->worker[i] = (struct master_worker){.fd = -1};
				if (!m->stopping || status)
					master_ended(pid, status);
			}
	for (i = 0; i < m->workers; i++)
		live += m->worker[i].pid != 0;
	return live;
}

/* Starts all, and waits until they have read the certificates: what is wrong
 * at the start ends the program. */
static void
master_begin(struct master *m)
{
	char c;
	int status;
	size_t i;

	for (i = 0; i < m->workers; i++)
		master_start(m, &m->worker[i]);
	master_look(m);
	for (i = 0; i < m->workers; i++)
		master_send(&m->worker[i], MASTER_ALL, -1);
	for (i = 0; i < m->workers; i++) {
		if (recv(m->worker[i].fd, &c, 1, 0) == 1)
			continue;
		waitpid(m->worker[i].pid, &status, 0);
		exit(master_ended(m->worker[i].pid, status));
	}
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

	if (!m->stopping++)
		close(m->listener);
	for (i = 0; i < m->workers; i++)
		if (m->worker[i].pid)
			kill(m->worker[i].pid, SIGTERM);
}

int
master_run(struct master *m)
{
	static const struct timespec second = {.tv_sec = 1};
	sigset_t s;

	sigemptyset(&s);
	sigaddset(&s, SIGTERM);
	sigaddset(&s, SIGCHLD);
	signal(SIGCHLD, SIG_DFL);
	sigprocmask(SIG_BLOCK, &s, 0);
	if (getrandom(m->keys, sizeof m->keys, 0) != sizeof m->keys)
		log_diesys(111, "no random numbers", (char *)0);
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
	}
	return 0;
}
