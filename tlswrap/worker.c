/* SPDX-License-Identifier: ISC */
/* A worker of tlsd. */
#include "worker.h"

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "order.h"
#include "pass.h"
#include "provider.h"
#include "signask.h"

enum {
	WORKER_REQUEST = 10,
	WORKER_DRAIN = 300,
	WORKER_LINGER = 5,
	WORKER_PAUSE = 1
};

/* The environment's CONNID is a text that is rewritten for each log line. */
static char worker_connid[sizeof "CONNID=" + TLSREQ_CONNID] = "CONNID=";

void
worker_log_for(struct worker *w, const struct conn *c)
{
	if (c)
		memcpy(w->connid, c->request.connid, TLSREQ_CONNID);
	else
		*w->connid = 0;
}

/* Says once that there is no room, and not again before half of it is free. */
static void
worker_full(struct worker *w)
{
	char number[LOG_NUM];

	if (w->full || w->live < w->max)
		return;
	w->full = 1;
	log_event("full", "connections", log_u64(number, w->max), "reason",
	    "further ones wait (tlsd -c)", (char *)0);
}

/* Has an eye on L, or none. */
static void
worker_watch(struct worker *w, struct engine_watch *l, int on)
{
	int fd = l->fd;

	if (!on) {
		engine_forget(&w->engine, l);
		l->fd = fd;
	} else if (engine_want(&w->engine, l, EPOLLIN | EPOLLEXCLUSIVE) < 0) {
		log_diesys(111, "cannot watch the socket", (char *)0);
	}
}

/* Takes new connections, or none while there is no room for them. */
static void
worker_listen(struct worker *w)
{
	int room = w->live < w->max && !w->pause.next;

	if (w->listener.fd < 0)
		return;
	if (!room)
		worker_full(w);
	worker_watch(w, &w->listener, room);
	worker_watch(w, &w->late, room);
}

void
worker_opened(struct worker *w)
{
	if (w->names.ask)
		signask_end();
}

void
worker_gone(struct worker *w)
{
	if (w->live-- == w->max)
		worker_listen(w);
	if (w->live <= w->max / 2)
		w->full = 0;
}

static void
worker_resume(struct engine_timer *t)
{
	worker_listen(t->owner);
}

static void
worker_accept(struct engine_watch *l, uint32_t events)
{
	struct worker *w = l->owner;
	int fd = accept4(l->fd, 0, 0, SOCK_CLOEXEC);

	(void)events;
	if (fd >= 0) {
		conn_start(w, fd);
	} else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
		log_event("pause", "reason", "cannot accept", "error",
		    strerror(errno), (char *)0);
		engine_timer(&w->engine, &w->pause, ENGINE_PAUSE);
	}
	worker_listen(w);
}

/* A connection of which nothing was known before TLS is to start. */
static void
worker_late(struct engine_watch *l, uint32_t events)
{
	struct worker *w = l->owner;
	char bytes[8]; /* of no meaning */
	int fd;

	(void)events;
	if (pass_recv(l->fd, bytes, sizeof bytes, &fd, 1) >= 0 && fd >= 0)
		conn_start(w, fd);
	worker_listen(w);
}

/* The time for the connections that are left is over. */
static void
worker_last(struct engine_timer *t)
{
	struct worker *w = t->owner;
	char number[LOG_NUM];

	log_event("stop", "connections", log_u64(number, w->live), "reason",
	    "ended, they had their time (tlsd -g)", (char *)0);
	exit(0);
}

/* The master still has it open: to close it is not enough for epoll. */
static void
worker_deaf(struct worker *w, struct engine_watch *l)
{
	int fd = l->fd;

	engine_forget(&w->engine, l);
	if (fd >= 0)
		close(fd);
}

/* No new connections from now on; a second time, no connections at all. */
static void
worker_stop(struct worker *w)
{
	if (w->stopping++)
		exit(0);
	worker_deaf(w, &w->listener);
	worker_deaf(w, &w->late);
	engine_timer(&w->engine, &w->last, ENGINE_STOP);
}

static void
worker_signal(struct engine_watch *s, uint32_t events)
{
	struct signalfd_siginfo info;

	(void)events;
	if (read(s->fd, &info, sizeof info) == sizeof info)
		worker_stop(s->owner);
}

/* All bundles are there. */
static void
worker_ready(struct worker *w, int parent)
{
	const char c = ORDER_READY;

	if (!names_first(&w->names))
		log_die(100, "no usable certificate for ", w->names.first,
		    (char *)0);
	worker_listen(w);
	if (send(parent, &c, 1, MSG_NOSIGNAL) < 0)
		log_diesys(111, "the master is gone", (char *)0);
}

/* The master names a bundle that is new, or gone; or says that this is all. */
static void
worker_parent(struct engine_watch *p, uint32_t events)
{
	struct worker *w = p->owner;
	struct order o;
	int fd, r = order_recv(p->fd, &o, &fd);

	(void)events;
	if (r < 0 && errno == EAGAIN)
		return;
	if (r <= 0) {
		engine_forget(&w->engine, p);
		worker_stop(w);
		return;
	}
	if (o.kind == ORDER_ALL)
		worker_ready(w, p->fd);
	else if (o.kind == ORDER_GONE)
		names_unset(&w->names, o.name);
	else if (o.kind == ORDER_BAD)
		names_bad(&w->names, o.name, o.why);
	else if (o.kind == ORDER_BUNDLE && fd >= 0)
		names_set(&w->names, o.name, fd, o.key);
	else if (o.kind == ORDER_SIGNER && fd >= 0)
		signask_use(fd);
	else if (o.kind == ORDER_CLIENTS && fd >= 0)
		clients_read(&w->names.clients, fd);
	else if (o.kind == ORDER_TICKETS)
		tickets_turn(&w->tickets, &o.tickets);
	if (o.kind != ORDER_SIGNER && fd >= 0)
		close(fd);
}

/* The signer is no good: the master shall see to it. */
static void
worker_complain(struct worker *w)
{
	const char c = ORDER_STALLED;

	if (signask_stalled() && w->parent.fd >= 0 &&
	    send(w->parent.fd, &c, 1, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		log_event("signer", "reason", "the master is gone", (char *)0);
}

static int
worker_signals(void)
{
	sigset_t s;
	int fd;

	sigemptyset(&s);
	sigaddset(&s, SIGTERM);
	sigaddset(&s, SIGPIPE); /* only blocked: a log that is gone */
	sigprocmask(SIG_SETMASK, &s, 0);
	sigdelset(&s, SIGPIPE);
	if ((fd = signalfd(-1, &s, SFD_NONBLOCK | SFD_CLOEXEC)) < 0)
		log_diesys(111, "cannot make a signalfd", (char *)0);
	return fd;
}

void
worker_start_tls(void)
{
	/* what the system's openssl.cnf says is for other programs */
	if (OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, 0) != 1 ||
	    !provider_start())
		log_die(111, "OpenSSL cannot be set up", (char *)0);
	tzset(); /* or the check of a date would open a file */
}

void
worker_init(struct worker *w, const struct worker_limits *l)
{
	const unsigned int queues[ENGINE_QUEUES] = {
	    [ENGINE_REQUEST] = WORKER_REQUEST,
	    [ENGINE_HANDSHAKE] = l->handshake,
	    [ENGINE_IDLE] = l->idle,
	    [ENGINE_DRAIN] = WORKER_DRAIN,
	    [ENGINE_LINGER] = WORKER_LINGER,
	    [ENGINE_PAUSE] = WORKER_PAUSE,
	    [ENGINE_STOP] = l->stop,
	};

	w->max = l->max;
	w->seconds = l->handshake;
	w->pause.due = worker_resume;
	w->pause.owner = w;
	w->last.due = worker_last;
	w->last.owner = w;
	engine_init(&w->engine, queues);
	engine_watch_init(&w->listener, -1, worker_accept, w);
	engine_watch_init(&w->late, -1, worker_late, w);
	engine_watch_init(&w->parent, -1, worker_parent, w);
	engine_watch_init(&w->signals, worker_signals(), worker_signal, w);
	if (engine_want(&w->engine, &w->signals, EPOLLIN) < 0)
		log_diesys(111, "cannot watch for signals", (char *)0);
	w->connid = worker_connid + strlen("CONNID=");
	if (putenv(worker_connid) != 0)
		log_diesys(111, "no memory", (char *)0);
}

void
worker_run(struct worker *w, int listener, int late, int parent)
{
	/* memory that a handshake has used serves the next one */
	mallopt(M_TRIM_THRESHOLD, 64 << 20);
	w->listener.fd = listener;
	w->late.fd = late;
	w->parent.fd = parent;
	if (engine_want(&w->engine, &w->parent, EPOLLIN) < 0)
		log_diesys(111, "cannot watch the master", (char *)0);
	while (!w->stopping || w->live > 0) {
		engine_round(&w->engine);
		worker_complain(w);
	}
}

void
worker_run_one(struct worker *w, int ctl)
{
	conn_start(w, ctl);
	while (w->live > 0)
		engine_round(&w->engine);
}
