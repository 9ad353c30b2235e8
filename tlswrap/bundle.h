/* SPDX-License-Identifier: ISC */
/* Certificate bundles: one PEM file with key, leaf and chain. */
#ifndef BUNDLE_H
#define BUNDLE_H

#include <openssl/ssl.h>

/* Reads FD once, checks that the key fits the leaf, and puts all of it into
 * CTX. 0, or -1: *WHY says what is wrong, in words for an admin. */
int bundle_load(SSL_CTX *ctx, int fd, const char **why);

#endif
