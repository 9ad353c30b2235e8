/* SPDX-License-Identifier: ISC */
/* The certificates of a bundle without its key, on their way from the signer,
 * who has read it, to a worker: an open file of its own. */
#ifndef CERTS_H
#define CERTS_H

#include <openssl/ssl.h>

/* The certificates of CTX as an open file that nobody can change any more.
 * -1 with errno. */
int certs_write(SSL_CTX *ctx);

/* Puts the certificates in FD into CTX, and KEY as the signer's number of
 * their key. 0, or -1: *WHY says what is wrong. */
int certs_load(SSL_CTX *ctx, int fd, uint64_t key, const char **why);

#endif
