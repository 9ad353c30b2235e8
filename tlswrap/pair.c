/* SPDX-License-Identifier: ISC */
/* A worker and its signer, as the master sees them. */
#include "pair.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "log.h"
#include "order.h"
#include "pass.h"
#include "provider.h"
#include "sandbox.h"
#include "signer.h"
#include "worker.h"

enum { PAIR_SECONDS = 10 }; /* to take an order, or to answer it */

/* In a new process: of the master's descriptors the N of FD remain, which are
 * sorted here. */
static void
pair_keep(int *fd, size_t n)
{
	unsigned int low = 3, at;
	size_t i, j;
	int swap, r = 0;

	for (i = 0; i < n && r == 0; i++) {
		for (j = i + 1; j < n; j++)
			if (fd[j] < fd[i]) {
				swap = fd[i];
				fd[i] = fd[j];
				fd[j] = swap;
			}
		at = (unsigned int)fd[i];
		if (at > low)
			r = close_range(low, at - 1, 0);
		low = at + 1;
	}
	if (r < 0 || close_range(low, ~0U, 0) < 0)
		log_diesys(111, "cannot close descriptors", (char *)0);
}

/* A socketpair of packets for this end and a new process, and the process:
 * its pid here, 0 there, and the own end in *FD. */
static pid_t
pair_fork(int *fd)
{
	struct timeval tv = {.tv_sec = PAIR_SECONDS};
	int s[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, s) < 0 ||
	    setsockopt(s[0], SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof tv) < 0)
		log_diesys(111, "cannot make a socketpair", (char *)0);
	if ((pid = fork()) < 0)
		log_diesys(111, "cannot fork", (char *)0);
	*fd = s[pid == 0];
	close(s[pid != 0]);
	return pid;
}

/* One of P does not take its orders: it has ended or will be ended, and is
 * asked again when it has a successor. */
static void
pair_lost(pid_t pid)
{
	if (pid)
		kill(pid, SIGKILL);
}

void
pair_start_worker(struct master *m, struct master_pair *p)
{
	static struct worker w;
	pid_t pid;
	int fd;

	if ((pid = pair_fork(&fd)) > 0) {
		p->worker = pid;
		p->fd = fd;
		if (m->clients >= 0 &&
		    order_send(fd, ORDER_CLIENTS, 0, "", m->clients) < 0)
			pair_lost(pid);
		return;
	}
	pair_keep((int[]){fd, m->listener, m->late}, 3);
	prctl(PR_SET_NAME, "tlsd-worker");
	worker_start_tls();
	priv_drop(m->id, m->root);
	worker_init(&w, &m->limits);
	w.names.first = m->name;
	w.tickets = m->tickets;
	w.names.tickets = &w.tickets;
	sandbox_enter(SANDBOX_WORKER);
	worker_run(&w, m->listener, m->late, fd);
	_exit(0);
}

void
pair_start_signer(struct master *m, struct master_pair *p)
{
	int fd, s[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, s) < 0)
		log_diesys(111, "cannot make a socketpair", (char *)0);
	if ((pid = pair_fork(&fd)) > 0) {
		p->signer = pid;
		p->keys = fd;
		close(s[1]);
		if (order_send(p->fd, ORDER_SIGNER, 0, "", s[0]) < 0)
			log_event("signer", "reason", "no worker for it",
			    "error", strerror(errno), (char *)0);
		close(s[0]);
		return;
	}
	pair_keep((int[]){fd, s[1]}, 2);
	prctl(PR_SET_NAME, "tlsd-signer");
	signer_prepare();
	priv_drop(m->id, m->root);
	sandbox_enter(SANDBOX_SIGNER);
	signer_run(fd, s[1]);
	_exit(0);
}

/* What the signer says of the last order, with the certificates in *CERTS. 0,
 * or -1: nothing. */
static int
pair_reply(struct master_pair *p, struct order_reply *r, int *certs)
{
	struct pollfd in = {.fd = p->keys, .events = POLLIN};

	*certs = -1;
	if (poll(&in, 1, PAIR_SECONDS * 1000) == 1 &&
	    pass_recv(p->keys, r, sizeof *r, certs, 1) == sizeof *r) {
		r->why[sizeof r->why - 1] = 0;
		return 0;
	}
	pair_lost(p->signer);
	return -1;
}

void
pair_give(
    struct master *m, struct master_pair *p, const char *name, int fd, int tell)
{
	struct order_reply r;
	uint64_t key = ++m->last;
	int certs, sent = 0;

	if (!p->worker || !p->signer)
		return;
	if (order_send(p->keys, ORDER_BUNDLE, key, name, fd) < 0) {
		pair_lost(p->signer);
		return;
	}
	if (pair_reply(p, &r, &certs) < 0)
		return;
	if (r.ok)
		sent = order_send(p->fd, ORDER_BUNDLE, key, name, certs);
	else if (tell)
		sent = order_bad(p->fd, name, r.why);
	if (sent < 0)
		pair_lost(p->worker);
	if (certs >= 0)
		close(certs);
}

void
pair_gone(struct master_pair *p, const char *name)
{
	if (p->worker && order_send(p->fd, ORDER_GONE, 0, name, -1) < 0)
		pair_lost(p->worker);
}

void
pair_all(struct master_pair *p)
{
	struct order_reply r;
	int none;

	if (!p->worker || !p->signer ||
	    order_send(p->keys, ORDER_ALL, 0, "", -1) < 0 ||
	    pair_reply(p, &r, &none) < 0)
		return;
	if (order_send(p->fd, ORDER_ALL, 0, "", -1) < 0)
		pair_lost(p->worker);
}

void
pair_ended(struct master_pair *p, pid_t pid)
{
	if (p->keys >= 0)
		close(p->keys);
	p->keys = -1;
	if (p->signer == pid) {
		p->signer = 0;
		return;
	}
	close(p->fd);
	p->fd = -1;
	p->worker = 0; /* and its signer ends, for want of it */
}

void
pair_look(struct master_pair *p)
{
	char c;

	if (!p->worker || !p->signer || recv(p->fd, &c, 1, MSG_DONTWAIT) != 1 ||
	    c != ORDER_STALLED)
		return;
	log_event("signer", "reason", "it did not answer in time", (char *)0);
	kill(p->signer, SIGKILL);
}

void
pair_tickets(struct master_pair *p, const struct tickets_key *k)
{
	if (p->worker && order_tickets(p->fd, k) < 0)
		pair_lost(p->worker);
}
