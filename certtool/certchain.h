/* SPDX-License-Identifier: ISC */
/* Chains: which certificate signed which. */
#ifndef CERTCHAIN_H
#define CERTCHAIN_H

#include <openssl/x509.h>

enum { CERTCHAIN_MAX = 10 };

/* The certificate of POOL that is for KEY (the one that lasts longest), or
 * null. It stays POOL's. */
X509 *certchain_leaf(STACK_OF(X509) * pool, EVP_PKEY *key);

/* 1 if X is signed by itself, else 0. */
int certchain_selfsigned(X509 *x);

/* LEAF and those of POOL above it, in order, without a root; at most
 * CERTCHAIN_MAX. The caller frees it. Dies 111. */
STACK_OF(X509) * certchain_build(X509 *leaf, STACK_OF(X509) * pool);

/* The roots this machine trusts, those in FILE (or null), and the roots of
 * POOL (or null). Dies 100 or 111. */
X509_STORE *certchain_roots(const char *file, STACK_OF(X509) * pool);

/* X509_V_OK if CHAIN leads to one of ROOTS, whatever the dates are; else why
 * not, as X509_verify_cert_error_string knows it. */
int certchain_verify(STACK_OF(X509) * chain, X509_STORE *roots);

#endif
