/* SPDX-License-Identifier: ISC */
/* OpenSSL's way to the network. */
#ifndef WIRE_H
#define WIRE_H

#include <openssl/ssl.h>

enum { WIRE_ANY = -1 };

/* A socket, and how often it may be read before it is waited for again: no
 * call is made to hear that there is nothing. WIRE_ANY: it is not counted. */
struct wire {
	int fd;
	int reads;
};

/* Connects SSL with W, which stays where it is; its socket stays the caller's.
 * Never blocks and never sets O_NONBLOCK, for the application has the same open
 * socket as long as it has not started TLS. 0, or -1 without memory. */
int wire_attach(SSL *ssl, struct wire *w);

#endif
