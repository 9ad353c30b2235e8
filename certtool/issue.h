/* SPDX-License-Identifier: ISC */
/* Making keys and certificates. All of it dies 111 when OpenSSL fails. */
#ifndef ISSUE_H
#define ISSUE_H

#include <openssl/x509.h>

/* A new ECDSA key on P-256. */
EVP_PKEY *issue_key(void);

/* A certificate for NAMES (ended by a null pointer) that KEY signs itself,
 * good for DAYS. It is for servers, and not for signing others. */
X509 *issue_selfsigned(EVP_PKEY *key, char *const *names, unsigned int days);

#endif
