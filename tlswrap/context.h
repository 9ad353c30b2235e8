/* SPDX-License-Identifier: ISC */
/* What every TLS connection of tlsd is made from. */
#ifndef CONTEXT_H
#define CONTEXT_H

#include <openssl/ssl.h>

#include "hello.h"
#include "tickets.h"
#include "wire.h"

enum { CONTEXT_BUNDLE_MAX = 262144 };

/* Reads certificates from FD (see certs.h), whose key is the signer's KEY, and
 * makes a context for NAME of them, with tickets by T. NULL: *WHY says what is
 * wrong. */
SSL_CTX *context_make(const char *name, int fd, uint64_t key,
    const struct tickets *t, const char **why);

/* The name that the certificate of SSL was chosen for. */
const char *context_name(const SSL *ssl);

/* A connection out of CTX over WIRE, for the protocols that HELLO, its
 * app data from now on, names. NULL without memory. */
SSL *context_connection(SSL_CTX *ctx, struct wire *wire, struct hello *hello);

#endif
