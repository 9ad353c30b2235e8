/* SPDX-License-Identifier: ISC */
/* The bundle that is served, and the one before it. At every instant the file
 * is there, whole, with a key that fits. */
#ifndef CERTTOOL_BUNDLE_H
#define CERTTOOL_BUNDLE_H

#include <openssl/x509.h>

#include "place.h"

/* Keeps others from changing P's bundle until exit, and removes what
 * interrupted runs have left. Dies 111. */
void bundle_lock(const struct place *p);

/* Makes KEY and CHAIN the bundle of P, and what was there the last one. 1; 0:
 * it was that already. Dies 111; what was there is then there still. */
int bundle_write(const struct place *p, EVP_PKEY *key, STACK_OF(X509) * chain);

/* Exchanges bundle and last one. Dies 111. */
void bundle_swap(const struct place *p);

/* Removes the key of an instance's request if it is KEY, which the bundle has
 * now: the fewer copies the better. */
void bundle_done(const struct place *p, EVP_PKEY *key);

#endif
