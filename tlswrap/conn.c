/* SPDX-License-Identifier: ISC */
/* A connection in the engine, up to the end of its handshake. */
#include "conn.h"

#include <errno.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "context.h"
#include "log.h"
#include "pass.h"
#include "reason.h"
#include "report.h"
#include "worker.h"

static void
conn_close(struct conn *c, struct engine_watch *w)
{
	int fd = w->fd;

	engine_forget(&c->worker->engine, w);
	if (fd >= 0)
		close(fd);
}

void
conn_end(struct conn *c)
{
	engine_timer_off(&c->timer);
	SSL_free(c->ssl);
	c->ssl = 0;
	/* before TLS has begun the connection is the application's */
	if (c->state >= CONN_HANDSHAKE && !c->said_end)
		shutdown(c->net.fd, SHUT_RDWR);
	conn_close(c, &c->net);
	conn_close(c, &c->plain);
	engine_close(&c->ctl);
	free(c->to_net.p);
	free(c->to_plain.p);
	worker_gone(c->worker);
	engine_bury(&c->worker->engine, &c->grave);
}

/* Logs why the handshake failed, and ends C. */
static void
conn_fail(struct conn *c, const char *reason)
{
	worker_log_for(c->worker, c);
	report_failed(c->ssl, c->request.ip, reason);
	worker_log_for(c->worker, 0);
	conn_end(c);
}

/* An open connection has come to a deadline. */
static void
conn_over(struct conn *c)
{
	if (c->queue != ENGINE_LINGER) { /* the client need not close */
		worker_log_for(c->worker, c);
		log_event("ended", "ip", *c->request.ip ? c->request.ip : 0,
		    "reason",
		    c->queue == ENGINE_IDLE
			? "nothing was said for too long (tlsd -i)"
			: "the client does not take what is left",
		    (char *)0);
		worker_log_for(c->worker, 0);
	}
	conn_end(c);
}

static void
conn_due(struct engine_timer *t)
{
	struct conn *c = t->owner;
	char reason[REASON_MAX];

	if (c->state == CONN_OPEN)
		conn_over(c);
	else if (c->state == CONN_REQUEST)
		conn_fail(c, "no request came");
	else
		conn_fail(c, reason_late(c->ssl, c->worker->seconds, reason));
}

/* Tells the application that TLS stands. 0, or -1 if it is gone. */
static int
conn_answer(struct conn *c)
{
	char buf[REPORT_ANSWER];
	size_t n;

	if (!c->answer)
		return 0;
	n = report_answer(buf, c->ssl);
	return send(c->ctl.fd, buf, n, MSG_DONTWAIT | MSG_NOSIGNAL) ==
		(ssize_t)n
	    ? 0
	    : -1;
}

static void
conn_opened(struct conn *c)
{
	worker_opened(c->worker);
	worker_log_for(c->worker, c);
	report_done(c->ssl, c->request.ip);
	worker_log_for(c->worker, 0);
	if (conn_answer(c) < 0) {
		conn_end(c);
		return;
	}
	hello_watch(c->ssl);
	c->state = CONN_OPEN;
	c->queue = ENGINE_HANDSHAKE;
	c->wire.reads = 0; /* but some may have come with the handshake */
	relay_pump(c, 1, 0);
}

static void
conn_handshake(struct conn *c)
{
	int r;
	uint32_t want;

	ERR_clear_error();
	c->wire.reads = CONN_READS;
	if ((r = SSL_accept(c->ssl)) == 1) {
		conn_opened(c);
		return;
	}
	switch (SSL_get_error(c->ssl, r)) {
	case SSL_ERROR_WANT_READ:
		want = EPOLLIN;
		break;
	case SSL_ERROR_WANT_WRITE:
		want = EPOLLOUT;
		break;
	default:
		conn_fail(c, 0);
		return;
	}
	if (engine_want(&c->worker->engine, &c->net, want) < 0)
		conn_fail(c, "the connection cannot be watched");
}

/* The application wants TLS now. */
static void
conn_begin(struct conn *c, int answer)
{
	struct worker *w = c->worker;

	c->state = CONN_HANDSHAKE;
	c->answer = answer != 0;
	engine_timer(&w->engine, &c->timer, ENGINE_HANDSHAKE);
	c->hello.protocols = c->request.protocol;
	c->hello.verify = c->request.verify;
	c->wire.fd = c->net.fd;
	c->ssl =
	    context_connection(names_first(&w->names), &c->wire, &c->hello);
	if (!c->ssl)
		conn_fail(c, "no memory");
	else if (!*c->request.verify)
		conn_handshake(c);
	else if (!w->names.clients.store)
		conn_fail(c, "no CA file to verify clients by (tlsd -a)");
	else if (!clients_ask(&w->names.clients, c->ssl,
		     strcmp(c->request.verify, "need") == 0))
		conn_fail(c, "no memory");
	else
		conn_handshake(c);
}

static void
conn_request(struct conn *c)
{
	char buf[TLSREQ_MAX + 1];
	int fd[TLSREQ_FDS];
	size_t n;
	ssize_t got = pass_recv(c->ctl.fd, buf, sizeof buf, fd, TLSREQ_FDS);

	if (got < 0 && errno == EAGAIN)
		return;
	if (got > 0) {
		c->net.fd = fd[0];
		c->plain.fd = fd[1];
	}
	n = got > 0 ? tlsreq_read(&c->request, buf, (size_t)got) : 0;
	if (!n || fd[1] < 0) {
		if (got != 0)
			conn_fail(c, "this is no request");
		else
			conn_end(c);
		return;
	}
	engine_timer_off(&c->timer);
	c->state = CONN_WAIT;
	/* implicit TLS: the command comes with the request */
	if (n + 1 == (size_t)got && (buf[n] == 'y' || buf[n] == 'Y'))
		conn_begin(c, buf[n] == 'Y');
	else if (n != (size_t)got)
		conn_fail(c, "unknown command on the control connection");
}

static void
conn_command(struct conn *c)
{
	char b;
	ssize_t n = recv(c->ctl.fd, &b, 1, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) /* TLS is declined, or the application is gone */
		conn_end(c);
	else if (b == 'y' || b == 'Y')
		conn_begin(c, b == 'Y');
	else
		conn_fail(c, "unknown command on the control connection");
}

/* The application says something, or has closed that side. */
static void
conn_said(struct conn *c, uint32_t events)
{
	if (events & (EPOLLERR | EPOLLHUP))
		c->plain_left = 1;
	relay_pump(c, 0, 1);
}

static void
conn_ctl_ready(struct engine_watch *w, uint32_t events)
{
	struct conn *c = w->owner;

	if (c->state == CONN_REQUEST)
		conn_request(c);
	else if (c->state == CONN_WAIT)
		conn_command(c);
	else if (c->state == CONN_OPEN)
		conn_said(c, events);
	else if (events & (EPOLLHUP | EPOLLERR))
		conn_fail(c, "the application has given up waiting");
	else /* it has something to say already: later */
		engine_want(&c->worker->engine, w, 0);
}

static void
conn_net(struct conn *c, uint32_t events)
{
	int out = (events & EPOLLOUT) != 0;

	if (out)
		c->want_out = 0;
	c->wire.reads = CONN_READS;
	relay_pump(c, 1, out);
}

static void
conn_net_ready(struct engine_watch *w, uint32_t events)
{
	struct conn *c = w->owner;

	if (c->state == CONN_HANDSHAKE)
		conn_handshake(c);
	else if ((events & (EPOLLERR | EPOLLHUP)) && !(w->events & EPOLLIN))
		conn_end(c); /* reset, and we are not about to read that */
	else
		conn_net(c, events);
}

static void
conn_plain_ready(struct engine_watch *w, uint32_t events)
{
	struct conn *c = w->owner;

	if (events & (EPOLLERR | EPOLLHUP))
		relay_plain_gone(c);
	c->wire.reads = CONN_READS;
	relay_pump(c, 1, 0);
}

void
conn_start(struct worker *w, int ctl)
{
	struct conn *c = calloc(1, sizeof *c);

	if (!c) {
		close(ctl);
		return;
	}
	c->worker = w;
	w->live++;
	engine_watch_init(&c->ctl, ctl, conn_ctl_ready, c);
	engine_watch_init(&c->net, -1, conn_net_ready, c);
	engine_watch_init(&c->plain, -1, conn_plain_ready, c);
	c->timer.owner = c;
	c->timer.due = conn_due;
	engine_timer(&w->engine, &c->timer, ENGINE_REQUEST);
	if (engine_want(&w->engine, &c->ctl, EPOLLIN) < 0)
		conn_end(c);
}
