/* SPDX-License-Identifier: ISC */
/* What a client says of itself: OpenSSL has forgotten it when a handshake has
 * failed. */
#include "hello.h"

/* The best version that we know in the extension of N bytes at P: a length,
 * and two bytes for each. What is damaged OpenSSL will refuse. */
static unsigned int
hello_best(const unsigned char *p, size_t n)
{
	unsigned int v, best = 0;
	size_t i;

	for (i = 1; i + 1 < n; i += 2) {
		v = (unsigned int)p[i] << 8 | p[i + 1];
		if (hello_version(v) && v > best)
			best = v;
	}
	return best;
}

static int
hello_seen(SSL *ssl, int *alert, void *arg)
{
	struct hello *h = SSL_get_app_data(ssl);
	const unsigned char *p;
	size_t n;

	(void)arg;
	h->version = SSL_client_hello_get0_legacy_version(ssl);
	if (SSL_client_hello_get0_ext(
		ssl, TLSEXT_TYPE_supported_versions, &p, &n) == 1)
		h->version = hello_best(p, n);
	h->old = SSL_client_hello_isv2(ssl) != 0;
	if (!h->old)
		return SSL_CLIENT_HELLO_SUCCESS;
	*alert = SSL_AD_PROTOCOL_VERSION;
	return SSL_CLIENT_HELLO_ERROR;
}

void
hello_look(SSL_CTX *ctx)
{
	SSL_CTX_set_client_hello_cb(ctx, hello_seen, 0);
}

/* Another hello is answered by a warning, which is all there is to see. */
static void
hello_alert(const SSL *ssl, int where, int value)
{
	struct hello *h = SSL_get_app_data(ssl);

	if (where == SSL_CB_WRITE_ALERT &&
	    (value & 0xff) == SSL_AD_NO_RENEGOTIATION)
		h->again = 1;
}

void
hello_watch(SSL *ssl)
{
	if (SSL_version(ssl) <= TLS1_2_VERSION)
		SSL_set_info_callback(ssl, hello_alert);
}

const char *
hello_version(unsigned int v)
{
	static const char *const names[] = {
	    "SSL 3.0", "TLS 1.0", "TLS 1.1", "TLS 1.2", "TLS 1.3"};

	if (v == SSL2_VERSION)
		return "SSL 2.0";
	if (v < SSL3_VERSION || v > TLS1_3_VERSION)
		return 0;
	return names[v - SSL3_VERSION];
}
