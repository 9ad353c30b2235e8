/* SPDX-License-Identifier: ISC */
/* OpenSSL's way to the network. */
#ifndef WIRE_H
#define WIRE_H

#include <openssl/ssl.h>

/* Connects SSL with the socket FD, which stays the caller's. Never blocks and
 * never sets O_NONBLOCK, for the application has the same open socket as long
 * as it has not started TLS. 0, or -1 without memory. */
int wire_attach(SSL *ssl, int fd);

#endif
