/* SPDX-License-Identifier: ISC */
/* What tlsclient tells of a connection: to next, to the log, to who ran it. */
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client.h"
#include "log.h"

enum { TELL_TEXT = 2048, TELL_HASH = 80 };

struct tell {
	char end; /* of each string */
	size_t n;
	char s[TELL_TEXT];
};

/* Adds NAME=VALUE, unless there is no value, or one that could be more than
 * that. */
static void
tell_put(struct tell *t, const char *name, const char *value)
{
	size_t room = sizeof t->s - 1 - t->n;
	const char *p;
	int w;

	if (!value)
		return;
	for (p = value; *p; p++)
		if (*p < ' ' || *p == 127)
			return;
	w = snprintf(t->s + t->n, room, "%s=%s", name, value);
	if (w < 0 || (size_t)w >= room)
		return;
	t->n += (size_t)w;
	t->s[t->n++] = t->end;
}

/* "SHA256:" and the digest of the server's certificate into BUF, which is
 * returned; or null. */
static const char *
tell_hash(char *buf, SSL *ssl)
{
	X509 *x = SSL_get0_peer_certificate(ssl);
	unsigned char md[EVP_MAX_MD_SIZE];
	unsigned int n, i;

	if (!x || X509_digest(x, EVP_sha256(), md, &n) != 1)
		return 0;
	strcpy(buf, "SHA256:");
	for (i = 0; i < n; i++)
		sprintf(buf + 7 + 2 * i, "%02x", md[i]);
	return buf;
}

static void
tell_connection(struct tell *t, SSL *ssl, const struct verify_outcome *o)
{
	char bits[LOG_NUM], hash[TELL_HASH];

	tell_put(t, "SSL_PROTOCOL", SSL_get_version(ssl));
	tell_put(t, "SSL_CIPHER", SSL_get_cipher_name(ssl));
	tell_put(t, "SSL_CIPHER_USEKEYSIZE",
	    log_u64(bits, (uint64_t)SSL_get_cipher_bits(ssl, 0)));
	tell_put(t, "SSL_TLS_SNI_SERVERNAME",
	    SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name));
	tell_put(t, "SSL_PEER_CERT_HASH", tell_hash(hash, ssl));
	tell_put(t, "SSL_VERIFIED", o->how);
	tell_put(t, "SSL_VERIFIED_NAME", o->name);
}

int
client_answer(struct client *c, const struct verify_outcome *o)
{
	struct tell t = {.end = 0};

	tell_connection(&t, c->ssl, o);
	t.s[t.n++] = 0;
	return send(c->ctl, t.s, t.n, MSG_NOSIGNAL) == (ssize_t)t.n ? 0 : -1;
}

/* One write, then the descriptor is closed. Who does not read it does not
 * want to know. */
static void
tell_status(struct client *c, const struct tell *t)
{
	if (c->status < 0)
		return;
	if (write(c->status, t->s, t->n) < 0)
		log_event("status", "reason", "the status cannot be written",
		    (char *)0);
	close(c->status);
	c->status = -1;
}

void
client_done(struct client *c, const struct verify_outcome *o)
{
	struct tell t = {.end = '\n'};
	int group = SSL_get_negotiated_group(c->ssl);

	log_event("tls", "host", c->host, "sni",
	    SSL_get_servername(c->ssl, TLSEXT_NAMETYPE_host_name), "version",
	    SSL_get_version(c->ssl), "cipher", SSL_get_cipher_name(c->ssl),
	    "group", group ? SSL_group_to_name(c->ssl, group) : 0, "verified",
	    o->how, "name", o->name, (char *)0);
	tell_put(&t, "RESULT", o->word);
	tell_connection(&t, c->ssl, o);
	tell_status(c, &t);
}

void
client_failed(struct client *c, const char *word, const char *reason)
{
	struct tell t = {.end = '\n'};

	log_event("failed", "host", c->host, "result", word, "reason", reason,
	    (char *)0);
	tell_put(&t, "RESULT", word);
	tell_put(&t, "REASON", reason);
	tell_status(c, &t);
}
