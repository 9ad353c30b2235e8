/* SPDX-License-Identifier: ISC */
/* The certificate that a server shows. */
#include "remote.h"

#include <errno.h>
#include <netdb.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <skalibs/tai.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "deadline.h"
#include "ip.h"
#include "issue.h"
#include "line.h"
#include "package/say.h"

enum { REMOTE_SECONDS = 20, REMOTE_LINE = 2048, REMOTE_LINES = 100 };

struct remote_talk {
	const char *host, *port;
	int fd;
	tain end;
	struct line in;
	char buf[REMOTE_LINE];
};

/* Connects to one address. A descriptor, or -1 with errno. */
static int
remote_try(const struct addrinfo *a, const tain *end)
{
	int fd =
	    socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int e = 0;
	socklen_t n = sizeof e;

	if (fd < 0)
		return -1;
	if (connect(fd, a->ai_addr, a->ai_addrlen) < 0) {
		if (errno != EINPROGRESS)
			e = errno;
		else if (deadline_wait(fd, POLLOUT, end) != 1)
			e = ETIMEDOUT;
		else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &e, &n) < 0)
			e = errno;
	}
	if (!e)
		return fd;
	close(fd);
	errno = e;
	return -1;
}

static void
remote_connect(struct remote_talk *t)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *all, *a;
	int r = getaddrinfo(t->host, t->port, &hints, &all);

	if (r != 0)
		die(111, "%s port %s: %s", t->host, t->port, gai_strerror(r));
	t->fd = -1;
	for (a = all; a && t->fd < 0; a = a->ai_next)
		t->fd = remote_try(a, &t->end);
	if (t->fd < 0)
		die_sys(111, "cannot connect to %s port %s", t->host, t->port);
	freeaddrinfo(all);
}

static void
remote_send(struct remote_talk *t, const char *s)
{
	if (deadline_write(t->fd, s, strlen(s), &t->end) != 1)
		die(111, "%s port %s takes nothing", t->host, t->port);
}

/* Reads lines until one begins with one of the words (with | between) in WANT;
 * a line that begins with GOES, and no other, may stand before it. */
static void
remote_expect(struct remote_talk *t, const char *want, const char *goes)
{
	size_t n, w = strlen(want), i;
	char *s;

	for (i = 0; i < REMOTE_LINES; i++) {
		if (line_read(&t->in, &s, &n, &t->end) != LINE_OK)
			die(111, "%s port %s does not answer as it should",
			    t->host, t->port);
		if (strncasecmp(s, want, w) == 0)
			return;
		if (strncasecmp(s, goes, strlen(goes)) != 0)
			break;
	}
	for (n = 0; s[n]; n++)
		if (s[n] < ' ' || s[n] > '~')
			s[n] = '?';
	die(111, "%s port %s says: %s", t->host, t->port, s);
}

static void
remote_starttls(struct remote_talk *t, const char *how)
{
	line_init(&t->in, t->fd, LINE_BUFFER, t->buf, sizeof t->buf);
	if (strcmp(how, "smtp") == 0) {
		remote_expect(t, "220 ", "220-");
		remote_send(t, "EHLO certtool.invalid\r\n");
		remote_expect(t, "250 ", "250-");
		remote_send(t, "STARTTLS\r\n");
		remote_expect(t, "220", "220-");
	} else if (strcmp(how, "pop3") == 0) {
		remote_expect(t, "+OK", "+OK");
		remote_send(t, "STLS\r\n");
		remote_expect(t, "+OK", "+OK");
	} else {
		remote_expect(t, "* OK", "* OK");
		remote_send(t, "a STARTTLS\r\n");
		remote_expect(t, "a OK", "* ");
	}
	if (line_pending(&t->in))
		die(111, "%s port %s says more than it should before TLS",
		    t->host, t->port);
}

static void
remote_handshake(struct remote_talk *t, SSL *ssl)
{
	const char *why;
	int r, e;

	while ((r = SSL_connect(ssl)) != 1) {
		e = SSL_get_error(ssl, r);
		if ((e == SSL_ERROR_WANT_READ || e == SSL_ERROR_WANT_WRITE) &&
		    deadline_wait(t->fd,
			e == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT,
			&t->end) == 1)
			continue;
		why = ERR_reason_error_string(ERR_peek_last_error());
		die(111, "no TLS with %s port %s: %s", t->host, t->port,
		    why ? why : "it hung up or was too slow");
	}
}

/* A context that takes any certificate, and any TLS there is. */
static SSL *
remote_ssl(const struct remote_talk *t)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	struct ip ip;
	SSL *ssl;

	issue_need(ctx != 0, "a TLS context");
	SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, 0);
	SSL_CTX_set_security_level(ctx, 0);
	issue_need((ssl = SSL_new(ctx)) && SSL_set_fd(ssl, t->fd), "TLS");
	if (!ip_scan(t->host, &ip))
		issue_need(SSL_set_tlsext_host_name(ssl, t->host), "SNI");
	SSL_CTX_free(ctx);
	return ssl;
}

void
remote_get(
    struct remote *r, const char *host, const char *port, const char *starttls)
{
	static struct remote_talk t;
	STACK_OF(X509) * sent;
	SSL *ssl;

	t.host = host;
	t.port = port;
	deadline_in(&t.end, REMOTE_SECONDS);
	remote_connect(&t);
	if (starttls)
		remote_starttls(&t, starttls);
	ssl = remote_ssl(&t);
	remote_handshake(&t, ssl);
	sent = SSL_get_peer_cert_chain(ssl);
	if (!sent || sk_X509_num(sent) == 0)
		die(111, "%s port %s shows no certificate", host, port);
	issue_need((r->chain = X509_chain_up_ref(sent)) != 0, "a chain");
	snprintf(r->protocol, sizeof r->protocol, "%s", SSL_get_version(ssl));
	snprintf(r->cipher, sizeof r->cipher, "%s", SSL_get_cipher_name(ssl));
	SSL_shutdown(ssl);
	SSL_free(ssl);
	close(t.fd);
}
