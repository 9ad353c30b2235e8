/* SPDX-License-Identifier: ISC */
/* The certificate that a server shows. */
#ifndef REMOTE_H
#define REMOTE_H

#include <openssl/x509.h>

struct remote {
	STACK_OF(X509) * chain; /* as it was sent, leaf first */
	char protocol[32], cipher[64];
};

/* Connects to HOST and PORT, starts TLS (STARTTLS: smtp, pop3, imap, or null:
 * at once), and takes what the server sends, trusted or not. Dies 111 if there
 * is nothing to be had, with the reason. All of it has 20 seconds. */
void remote_get(
    struct remote *r, const char *host, const char *port, const char *starttls);

#endif
