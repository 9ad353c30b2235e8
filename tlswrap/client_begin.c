/* SPDX-License-Identifier: ISC */
/* tlsclient up to the end of the handshake. */
#include <errno.h>
#include <openssl/err.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client.h"
#include "deadline.h"
#include "wire.h"

/* What next wants. 'y', 'Y', 0 for no TLS, or another byte. */
static int
client_command(struct client *c)
{
	ssize_t n;
	char b;

	do
		n = recv(c->ctl, &b, 1, 0);
	while (n < 0 && errno == EINTR);
	return n == 1 ? (unsigned char)b : 0;
}

/* 1 if the server has sent something that nobody read in clear: it, or
 * somebody on the way, wants it read as if it had come inside TLS. Else 0. */
static int
client_ahead(const struct client *c)
{
	char b;

	return recv(c->net, &b, 1, MSG_PEEK | MSG_DONTWAIT) == 1;
}

/* ALPN has a length before the name. 0, or -1. */
static int
client_alpn(SSL *ssl, const char *protocol)
{
	unsigned char wire[256];
	size_t n = protocol ? strlen(protocol) : 0;

	if (n == 0)
		return 0;
	if (n > sizeof wire - 1)
		return -1;
	wire[0] = (unsigned char)n;
	memcpy(wire + 1, protocol, n);
	return SSL_set_alpn_protos(ssl, wire, (unsigned int)n + 1) ? -1 : 0;
}

/* 1 done; 0 the deadline has passed; -1 failed. */
static int
client_handshake(struct client *c)
{
	tain deadline;
	short want;
	int r;

	deadline_in(&deadline, c->seconds);
	for (;;) {
		ERR_clear_error();
		if ((r = SSL_connect(c->ssl)) == 1)
			return 1;
		switch (SSL_get_error(c->ssl, r)) {
		case SSL_ERROR_WANT_READ:
			want = POLLIN;
			break;
		case SSL_ERROR_WANT_WRITE:
			want = POLLOUT;
			break;
		default:
			return -1;
		}
		if ((r = deadline_wait(c->net, want, &deadline)) <= 0)
			return r;
	}
}

/* 0; -1 failed, and *CODE is the exit code. */
static int
client_secure(struct client *c, struct verify_outcome *o, int *code)
{
	const char *why = "no memory";
	int r;

	*code = 111;
	c->wire = (struct wire){.fd = c->net, .reads = WIRE_ANY};
	c->ssl = verify_connection(c->ctx, c->verify, &why);
	if (!c->ssl || client_alpn(c->ssl, c->protocol) < 0 ||
	    wire_attach(c->ssl, &c->wire) < 0) {
		client_failed(c, "local-error", why);
		return -1;
	}
	if ((r = client_handshake(c)) == 0) {
		client_failed(
		    c, "validation-failure", "the handshake took too long");
		return -1;
	}
	verify_result(c->ssl, c->verify, r == 1, o);
	if (strcmp(o->word, "ok") == 0)
		return 0;
	client_failed(c, o->word, o->reason);
	*code = 1;
	return -1;
}

void
client_close(struct client *c)
{
	shutdown(c->net, SHUT_RDWR);
	close(c->net);
	if (c->ctl >= 0)
		close(c->ctl);
	close(c->to_next);
	close(c->from_next);
	SSL_free(c->ssl);
	c->ssl = 0;
}

int
client_begin(struct client *c, int *code)
{
	struct verify_outcome o;
	int b = client_command(c);

	if (b == 0)
		return 0;
	*code = 1;
	if (b != 'y' && b != 'Y') {
		client_failed(
		    c, "local-error", "unknown command of the next program");
		*code = 100;
	} else if (c->delayed && client_ahead(c)) {
		client_failed(c, "validation-failure",
		    "the server sent something ahead of the handshake");
	} else if (client_secure(c, &o, code) == 0) {
		client_done(c, &o);
		if (b == 'y' || client_answer(c, &o) == 0) {
			close(c->ctl);
			c->ctl = -1;
			return 1;
		}
		*code = 111;
	}
	client_close(c);
	return -1;
}
