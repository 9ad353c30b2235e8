/* SPDX-License-Identifier: ISC */
/* An open connection: bytes from side to side, and how it ends.
 *
 * Neither side is read while the other has not taken what was read before, so
 * a connection never holds more than one record for each direction, and
 * nothing at all while it is idle. */
#include <errno.h>
#include <openssl/err.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "conn.h"
#include "log.h"
#include "worker.h"

enum relay_step {
	RELAY_MOVED, /* perhaps there is more */
	RELAY_WAIT,  /* nothing to do until an event */
	RELAY_OVER   /* the connection has failed */
};

/* Keeps the N bytes at P. 0, or -1 without memory. */
static int
relay_keep(struct conn_rest *r, const char *p, size_t n)
{
	if (!(r->p = malloc(n)))
		return -1;
	memcpy(r->p, p, n);
	r->at = 0;
	r->n = n;
	return 0;
}

static void
relay_took(struct conn_rest *r, size_t n)
{
	r->at += n;
	if (r->at < r->n)
		return;
	free(r->p);
	memset(r, 0, sizeof *r);
}

/* The application gets bytes as long as it reads; then they are dropped.
 * How many were taken. */
static size_t
relay_to_plain(struct conn *c, const char *p, size_t n)
{
	ssize_t w;

	if (c->plain_gone)
		return n;
	w = send(c->plain.fd, p, n, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (w >= 0)
		return (size_t)w;
	if (errno == EAGAIN || errno == EINTR || errno == ENOBUFS)
		return 0;
	relay_plain_gone(c);
	return n;
}

/* What is wrong, after a call for TLS that returned R. */
static enum relay_step
relay_tls_step(struct conn *c, int r)
{
	switch (SSL_get_error(c->ssl, r)) {
	case SSL_ERROR_WANT_READ:
		return RELAY_WAIT;
	case SSL_ERROR_WANT_WRITE:
		c->want_out = 1;
		return RELAY_WAIT;
	default:
		return RELAY_OVER;
	}
}

/* The client has ended its direction without saying so inside TLS: somebody
 * may have cut it. That the application hears of it, see conn.h. */
static void
relay_truncated(struct conn *c)
{
	if (c->net_end || c->plain_end || c->plain_gone || c->hello.again)
		return;
	worker_log_for(c->worker, c);
	log_event("truncated", "ip", *c->request.ip ? c->request.ip : 0,
	    "truncated", "1", (char *)0);
	worker_log_for(c->worker, 0);
}

/* The client wants another handshake, which is an attack these days. */
static enum relay_step
relay_again(struct conn *c)
{
	worker_log_for(c->worker, c);
	log_event("ended", "ip", *c->request.ip ? c->request.ip : 0, "reason",
	    "the client wants to renegotiate", (char *)0);
	worker_log_for(c->worker, 0);
	return RELAY_OVER;
}

/* The client has said all: this end is no error for the application. */
static void
relay_net_end(struct conn *c)
{
	char b;

	c->net_end = 1;
	if (!c->plain_gone && recv(c->plain.fd, &b, 1, MSG_DONTWAIT) >= 0)
		shutdown(c->plain.fd, SHUT_WR);
}

/* One step of client to application. */
static enum relay_step
relay_in(struct conn *c)
{
	char *buf = c->worker->bytes;
	size_t done;
	int n;

	if (c->to_plain.n) {
		done = relay_to_plain(c, c->to_plain.p + c->to_plain.at,
		    c->to_plain.n - c->to_plain.at);
		relay_took(&c->to_plain, done);
		return c->to_plain.n ? RELAY_WAIT : RELAY_MOVED;
	}
	if (c->net_end)
		return RELAY_WAIT;
	n = SSL_read(c->ssl, buf, WORKER_BYTES);
	if (c->hello.again)
		return relay_again(c);
	if (n > 0) {
		done = relay_to_plain(c, buf, (size_t)n);
		if (done < (size_t)n &&
		    relay_keep(&c->to_plain, buf + done, (size_t)n - done) < 0)
			return RELAY_OVER;
		return RELAY_MOVED;
	}
	if (SSL_get_shutdown(c->ssl) & SSL_RECEIVED_SHUTDOWN) {
		relay_net_end(c);
		return RELAY_WAIT;
	}
	return relay_tls_step(c, n);
}

/* Sends N bytes at P to the client, in the first try or a later one. */
static enum relay_step
relay_to_net(struct conn *c, const char *p, size_t n)
{
	int w;

	w = SSL_write(c->ssl, p, (int)n);
	if (w <= 0 && relay_tls_step(c, w) == RELAY_OVER)
		return RELAY_OVER;
	if (c->to_net.n) {
		if (w > 0)
			relay_took(&c->to_net, (size_t)w);
	} else {
		if (w < 0)
			w = 0;
		if ((size_t)w < n &&
		    relay_keep(&c->to_net, p + w, n - (size_t)w) < 0)
			return RELAY_OVER;
	}
	return w > 0 ? RELAY_MOVED : RELAY_WAIT;
}

/* All that the application said is sent: says so in TLS and in TCP. */
static enum relay_step
relay_say_end(struct conn *c)
{
	struct pollfd p = {.fd = c->plain.fd};
	int r;

	if (c->said_end)
		return RELAY_WAIT;
	if ((r = SSL_shutdown(c->ssl)) < 0)
		return relay_tls_step(c, r);
	c->said_end = 1;
	shutdown(c->net.fd, SHUT_WR);
	if (!c->plain_gone && poll(&p, 1, 0) > 0)
		relay_plain_gone(c);
	return RELAY_WAIT;
}

/* One step of application to client. */
static enum relay_step
relay_out(struct conn *c)
{
	char *buf = c->worker->bytes;
	enum relay_step s;
	ssize_t n;

	if (c->to_net.n)
		return relay_to_net(
		    c, c->to_net.p + c->to_net.at, c->to_net.n - c->to_net.at);
	if (c->plain_end)
		return relay_say_end(c);
	n = recv(c->ctl.fd, buf, WORKER_BYTES, MSG_DONTWAIT);
	if (n > 0) {
		s = relay_to_net(c, buf, (size_t)n);
		/* that was all there is */
		return s == RELAY_MOVED && n < WORKER_BYTES ? RELAY_WAIT : s;
	}
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return RELAY_WAIT;
	c->plain_end = c->plain_left = 1;
	engine_close(&c->ctl);
	return RELAY_MOVED;
}

/* Client to application, until nothing is left in OpenSSL's buffer: no event
 * would tell of it. The reads of the socket are counted. */
static enum relay_step
relay_all_in(struct conn *c)
{
	enum relay_step s = RELAY_MOVED;

	while (s == RELAY_MOVED) {
		ERR_clear_error();
		s = relay_in(c);
	}
	return s;
}

static enum relay_step
relay_all_out(struct conn *c)
{
	enum relay_step s = RELAY_MOVED;
	int i;

	for (i = 0; i < CONN_READS && s == RELAY_MOVED; i++) {
		ERR_clear_error();
		s = relay_out(c);
	}
	return s;
}

/* Asks for the events that the connection waits for. 0 or -1. */
static int
relay_want(struct conn *c)
{
	struct engine *e = &c->worker->engine;
	uint32_t net = 0, out = c->to_plain.n ? EPOLLOUT : 0;

	if (!c->net_end && !c->to_plain.n)
		net |= EPOLLIN;
	if (c->to_net.n || c->want_out)
		net |= EPOLLOUT;
	if (engine_want(e, &c->net, net) < 0 ||
	    (!c->plain_end &&
		engine_want(e, &c->ctl, c->to_net.n ? 0 : EPOLLIN) < 0))
		return -1;
	/* an end of PLAIN shows when something is sent, or here at the end */
	return out || (c->said_end && !c->plain_gone) ||
		engine_watched(&c->plain)
	    ? engine_want(e, &c->plain, out)
	    : 0;
}

/* Sets the deadline of an open connection: none of its own as long as there
 * is something to do, and a last one when the application has gone. */
static void
relay_deadline(struct conn *c)
{
	enum engine_queue q = ENGINE_IDLE;

	if (c->plain_left || c->plain_gone)
		q = c->said_end && c->plain_gone ? ENGINE_LINGER : ENGINE_DRAIN;
	if (q == c->queue && q != ENGINE_IDLE)
		return; /* these two are no longer for all that goes on */
	c->queue = q;
	engine_timer(&c->worker->engine, &c->timer, q);
}

void
relay_plain_gone(struct conn *c)
{
	if (c->plain_gone)
		return;
	c->plain_gone = 1;
	if (c->to_plain.n)
		relay_took(&c->to_plain, c->to_plain.n);
}

void
relay_pump(struct conn *c, int in, int out)
{
	int over;

	over = in && relay_all_in(c) == RELAY_OVER;
	if (over)
		relay_truncated(c);
	over = over || (out && relay_all_out(c) == RELAY_OVER) ||
	    (c->said_end && c->net_end) || relay_want(c) < 0;
	if (over)
		conn_end(c);
	else
		relay_deadline(c);
}
