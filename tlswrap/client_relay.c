/* SPDX-License-Identifier: ISC */
/* tlsclient while TLS stands: bytes from side to side, and how it ends. Neither
 * side is read while the other has not taken what was read before. */
#include <errno.h>
#include <openssl/err.h>
#include <skalibs/iopause.h>
#include <string.h>
#include <sys/socket.h>

#include "client.h"
#include "deadline.h"
#include "log.h"

enum { RELAY_BYTES = 16384, RELAY_LINGER = 2 };

enum relay_step { RELAY_MOVED, RELAY_WAIT, RELAY_OVER };

struct relay_side {
	size_t at, n; /* bytes that the other side has not taken */
	char buf[RELAY_BYTES];
};

struct relay {
	struct client *c;
	unsigned int want_out : 1;  /* TLS must write before anything else */
	unsigned int net_end : 1;   /* the server sends no more, and said so */
	unsigned int next_end : 1;  /* next sends no more */
	unsigned int next_gone : 1; /* and reads no more */
	unsigned int said_end : 1;  /* close_notify is sent */
	struct relay_side in, out;
};

static void
relay_took(struct relay_side *s, size_t n)
{
	s->at += n;
	if (s->at == s->n)
		s->at = s->n = 0;
}

/* What is wrong, after a call for TLS that returned N. */
static enum relay_step
relay_tls(struct relay *r, int n)
{
	switch (SSL_get_error(r->c->ssl, n)) {
	case SSL_ERROR_WANT_READ:
		return RELAY_WAIT;
	case SSL_ERROR_WANT_WRITE:
		r->want_out = 1;
		return RELAY_WAIT;
	default:
		return RELAY_OVER;
	}
}

/* The server is done: from here on next may read an end of file. */
static enum relay_step
relay_net_end(struct relay *r)
{
	char b;

	r->net_end = 1;
	if (recv(r->c->to_next, &b, 1, MSG_DONTWAIT) == 1)
		shutdown(r->c->to_next, SHUT_WR);
	return RELAY_WAIT;
}

/* One step of server to next. */
static enum relay_step
relay_in(struct relay *r)
{
	struct relay_side *s = &r->in;
	ssize_t w;
	int n;

	if (r->next_gone)
		s->at = s->n = 0;
	if (s->n) {
		w = send(r->c->to_next, s->buf + s->at, s->n - s->at,
		    MSG_DONTWAIT | MSG_NOSIGNAL);
		if (w < 0 && errno != EAGAIN && errno != EINTR)
			r->next_gone = 1;
		if (w > 0)
			relay_took(s, (size_t)w);
		return w >= 0 || r->next_gone ? RELAY_MOVED : RELAY_WAIT;
	}
	if (r->net_end)
		return RELAY_WAIT;
	if ((n = SSL_read(r->c->ssl, s->buf, sizeof s->buf)) > 0) {
		s->n = (size_t)n;
		return RELAY_MOVED;
	}
	if (SSL_get_shutdown(r->c->ssl) & SSL_RECEIVED_SHUTDOWN)
		return relay_net_end(r);
	return relay_tls(r, n);
}

/* All that next said is sent: says so in TLS and in TCP. */
static enum relay_step
relay_say_end(struct relay *r)
{
	int n;

	if (r->said_end)
		return RELAY_WAIT;
	if ((n = SSL_shutdown(r->c->ssl)) < 0)
		return relay_tls(r, n);
	r->said_end = 1;
	shutdown(r->c->net, SHUT_WR);
	return RELAY_WAIT;
}

/* One step of next to server. */
static enum relay_step
relay_out(struct relay *r)
{
	struct relay_side *s = &r->out;
	ssize_t n;
	int w;

	if (s->n) {
		w = SSL_write(r->c->ssl, s->buf + s->at, (int)(s->n - s->at));
		if (w <= 0)
			return relay_tls(r, w);
		relay_took(s, (size_t)w);
		return RELAY_MOVED;
	}
	if (r->next_end)
		return relay_say_end(r);
	n = recv(r->c->from_next, s->buf, sizeof s->buf, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return RELAY_WAIT;
	if (n > 0)
		s->n = (size_t)n;
	else
		r->next_end = 1;
	return RELAY_MOVED;
}

static int
relay_rounds(struct relay *r, enum relay_step (*step)(struct relay *))
{
	enum relay_step s;

	do {
		ERR_clear_error();
		s = step(r);
	} while (s == RELAY_MOVED);
	return s == RELAY_OVER;
}

/* Waits until something can be done. 1; 0 for too long nothing could; -1
 * failed. */
static int
relay_wait(struct relay *r)
{
	iopause_fd x[3] = {
	    {.fd = r->c->net}, {.fd = r->c->to_next}, {.fd = r->c->from_next}};
	tain deadline;
	int n;

	if (!r->net_end && !r->in.n)
		x[0].events |= IOPAUSE_READ;
	if (r->out.n || r->want_out)
		x[0].events |= IOPAUSE_WRITE;
	if (r->in.n)
		x[1].events |= IOPAUSE_WRITE;
	if (!r->next_end && !r->out.n)
		x[2].events |= IOPAUSE_READ;
	if (!x[0].events)
		x[0].fd = -1; /* its hang-up is no news */
	if (r->next_gone)
		x[1].fd = -1;
	if (!x[2].events)
		x[2].fd = -1;
	deadline_in(
	    &deadline, r->next_gone && r->said_end ? RELAY_LINGER : r->c->idle);
	do
		n = iopause_g(x, 3, &deadline);
	while (n < 0 && errno == EINTR);
	if (n > 0 && x[1].fd >= 0 && (x[1].revents & IOPAUSE_EXCEPT))
		r->next_gone = 1;
	return n < 0 ? -1 : n > 0;
}

static void
relay_log(const struct relay *r, const char *reason)
{
	if (!r->next_end)
		log_event("truncated", "host", r->c->host, "reason", reason,
		    (char *)0);
}

void
client_relay(struct client *c)
{
	static struct relay r;
	int n;

	r.c = c;
	for (;;) {
		r.want_out = 0;
		if (relay_rounds(&r, relay_in) || relay_rounds(&r, relay_out)) {
			relay_log(
			    &r, "the server did not say that it was done");
			break;
		}
		if (r.said_end && r.net_end && !r.in.n)
			break;
		if ((n = relay_wait(&r)) <= 0) {
			relay_log(&r, "nothing was said for too long");
			break;
		}
	}
	client_close(c);
}
