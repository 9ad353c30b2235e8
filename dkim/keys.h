/* SPDX-License-Identifier: ISC */
/* The keys that a domain signs with: FOLDER/DOMAIN/SELECTOR.pem. */
#ifndef DKIM_KEYS_H
#define DKIM_KEYS_H

#include <limits.h>
#include <openssl/evp.h>

#include "address.h"

enum { DKIM_KEYS = 8 };

struct dkim_key {
	EVP_PKEY *key;
	int ed25519; /* else RSA */
	char selector[NAME_MAX + 1];
};

struct dkim_keys {
	char domain[ADDRESS_DOMAIN_MAX + 1]; /* that signs */
	size_t n;
	struct dkim_key key[DKIM_KEYS];
};

/* Takes the keys of DOMAIN, or if it has none those of the next domain above
 * it that has, in the order of their selectors. 1; 0 there are none; -1 failed,
 * and *WHY and *FILE (in a static buffer) say why and which. */
int dkim_keys_find(struct dkim_keys *k, const char *folder, const char *domain,
    const char **why, const char **file);

#endif
