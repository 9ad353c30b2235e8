/* SPDX-License-Identifier: ISC */
/* An OpenSSL provider whose private keys are elsewhere: a key of it has the
 * public part and the number under which the signer knows the other. */
#ifndef PROVIDER_H
#define PROVIDER_H

#include <openssl/evp.h>

/* Loads the provider. 1, or 0: OpenSSL will not have it. */
int provider_start(void);

/* The private key that belongs to PUBLIC and is the signer's KEY, for
 * SSL_CTX_use_PrivateKey. When OpenSSL frees it the signer is told to forget
 * it. NULL: a kind of key that is not known here, or no memory. */
EVP_PKEY *provider_key(EVP_PKEY *public, uint64_t key);

#endif
