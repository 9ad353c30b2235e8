/* SPDX-License-Identifier: ISC */
/* What every TLS connection of tlsd is made from: what TLS we speak, and the
 * session tickets and application protocols of a connection. */
#include "context.h"

#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#include "certs.h"

static const char context_ciphers[] = "ECDHE+AESGCM:ECDHE+CHACHA20";

/* What a signer signs with; no SHA-1. */
static const char context_schemes[] =
    "ed25519:ecdsa_secp256r1_sha256:ecdsa_secp384r1_sha384:"
    "ecdsa_secp521r1_sha512:rsa_pss_rsae_sha256:rsa_pss_rsae_sha384:"
    "rsa_pss_rsae_sha512:rsa_pkcs1_sha256:rsa_pkcs1_sha384:rsa_pkcs1_sha512";

/* The first list that the library knows is taken. */
static const char *const context_groups[] = {
    "X25519MLKEM768:X25519:P-256:P-384",
    "X25519:P-256:P-384",
};

static const long context_options = SSL_OP_NO_COMPRESSION |
    SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE |
    SSL_OP_PRIORITIZE_CHACHA;

static const long context_mode = SSL_MODE_ENABLE_PARTIAL_WRITE |
    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS |
    SSL_MODE_NO_AUTO_CHAIN;

static void
context_free_name(
    void *parent, void *p, CRYPTO_EX_DATA *ad, int i, long l, void *arg)
{
	(void)parent;
	(void)ad;
	(void)i;
	(void)l;
	(void)arg;
	free(p);
}

/* Where a context keeps its name, which lives as long as the context. */
static int
context_name_index(void)
{
	static int index = -1;

	if (index < 0)
		index = SSL_CTX_get_ex_new_index(0, 0, 0, 0, context_free_name);
	return index;
}

const char *
context_name(const SSL *ssl)
{
	return SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), context_name_index());
}

/* Where the name of N bytes at NAME stands in the ALPN list of a client, or
 * null. */
static const unsigned char *
context_offered(
    const unsigned char *in, unsigned int inlen, const char *name, size_t n)
{
	unsigned int i;

	for (i = 0; i < inlen; i += 1u + in[i])
		if (in[i] == n && inlen - i > n &&
		    memcmp(in + i + 1, name, n) == 0)
			return in + i;
	return 0;
}

/* ALPN: one of our own protocols or none. A client that names others only is
 * talking to the wrong service, perhaps not by its own will (ALPACA). */
static int
context_alpn(SSL *ssl, const unsigned char **out, unsigned char *outlen,
    const unsigned char *in, unsigned int inlen, void *arg)
{
	const struct hello *h = SSL_get_app_data(ssl);
	const char *p = h->protocols;
	const unsigned char *found;
	size_t n;

	(void)arg;
	if (!*p)
		return SSL_TLSEXT_ERR_NOACK;
	for (; *p; p += n + (p[n] == ',')) {
		n = strcspn(p, ",");
		if (!(found = context_offered(in, inlen, p, n)))
			continue;
		*out = found + 1;
		*outlen = *found;
		return SSL_TLSEXT_ERR_OK;
	}
	return SSL_TLSEXT_ERR_ALERT_FATAL;
}

static int
context_set_groups(SSL_CTX *ctx)
{
	size_t i;

	for (i = 0; i < sizeof context_groups / sizeof *context_groups; i++)
		if (SSL_CTX_set1_groups_list(ctx, context_groups[i]) == 1)
			return 1;
	return 0;
}

/* 1, or 0 if the library will not have it. */
static int
context_settings(SSL_CTX *ctx, const char *name, const struct tickets *t)
{
	char *copy = strdup(name);

	if (!copy || !SSL_CTX_set_ex_data(ctx, context_name_index(), copy)) {
		free(copy);
		return 0;
	}
	SSL_CTX_set_options(ctx, (uint64_t)context_options);
	SSL_CTX_set_mode(ctx, context_mode);
	SSL_CTX_set_read_ahead(ctx, 1);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_alpn_select_cb(ctx, context_alpn, 0);
	hello_look(ctx);
	return SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1 &&
	    SSL_CTX_set_cipher_list(ctx, context_ciphers) == 1 &&
	    SSL_CTX_set1_sigalgs_list(ctx, context_schemes) == 1 &&
	    context_set_groups(ctx) && tickets_use(ctx, t);
}

SSL_CTX *
context_make(const char *name, int fd, uint64_t key, const struct tickets *t,
    const char **why)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	int r = -1;

	if (!ctx || !context_settings(ctx, name, t))
		*why = "OpenSSL refuses our settings";
	else
		r = certs_load(ctx, fd, key, why);
	ERR_clear_error(); /* a handshake may wait for this context */
	if (r == 0)
		return ctx;
	SSL_CTX_free(ctx);
	return 0;
}

/* Large SMTP clients abort on session tickets. Elsewhere a ticket is good
 * for the protocol it was made in, and what was asked of the client then. */
static int
context_tickets(SSL *ssl, const struct hello *h)
{
	unsigned char id[SSL_MAX_SID_CTX_LENGTH];
	size_t n = strnlen(h->protocols, sizeof id - 1);

	if (strcmp(h->protocols, "smtp") == 0) {
		SSL_set_options(ssl, SSL_OP_NO_TICKET);
		if (!SSL_set_num_tickets(ssl, 0))
			return 0;
	}
	id[0] = *h->verify ? (unsigned char)*h->verify : '-';
	memcpy(id + 1, h->protocols, n);
	return SSL_set_session_id_context(ssl, id, (unsigned int)n + 1);
}

SSL *
context_connection(SSL_CTX *ctx, struct wire *wire, struct hello *hello)
{
	SSL *ssl = SSL_new(ctx);

	if (!ssl || !SSL_set_app_data(ssl, hello) ||
	    !context_tickets(ssl, hello) || wire_attach(ssl, wire) < 0) {
		SSL_free(ssl);
		return 0;
	}
	SSL_set_accept_state(ssl);
	return ssl;
}
