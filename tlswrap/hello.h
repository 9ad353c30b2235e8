/* SPDX-License-Identifier: ISC */
/* What a client says of itself before anything is agreed upon. */
#ifndef HELLO_H
#define HELLO_H

#include <openssl/ssl.h>

/* What is known of the client of a connection: its SSL's app data. */
struct hello {
	const char *protocols;  /* of ours, for ALPN, commas between; "" any */
	const char *verify;     /* "ask" or "need" a certificate, or "" */
	unsigned int version;   /* the best the client speaks; 0 not yet said */
	unsigned int old : 1;   /* its hello had the form of SSL 2.0 */
	unsigned int again : 1; /* it has tried to renegotiate */
};

/* Makes the connections of CTX look at the hello of their clients. */
void hello_look(SSL_CTX *ctx);

/* Makes SSL, whose handshake is done, watch for a second one. */
void hello_watch(SSL *ssl);

/* The name of the version V, or null if it has none. */
const char *hello_version(unsigned int v);

#endif
