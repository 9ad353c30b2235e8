/* SPDX-License-Identifier: ISC */
/* The private keys of a signer, and their use. */
#ifndef KEYRING_H
#define KEYRING_H

#include <openssl/ssl.h>

#include "signreq.h"

enum { KEYRING_MAX = 200000 };

struct keyring {
	struct keyring_key *key; /* sorted by number */
	size_t n, room;
};

/* Sets OpenSSL up in a process that has not used it yet. 1, or 0: it will not
 * have it. */
int keyring_prepare(void);

/* Reads the bundle in FD once, and keeps its key as number KEY, which is
 * higher than all before. Its certificates as an open file; -1: *WHY says
 * what is wrong with it. */
int keyring_add(struct keyring *r, uint64_t key, int fd, const char **why);

/* Wipes KEY, if it is there. */
void keyring_forget(struct keyring *r, uint64_t key);

/* The signature that Q, which signreq_ok likes, asks for, into SIG
 * (SIGNREQ_SIGNATURE bytes). Its length, or 0: no such key, or the scheme is
 * not for it. */
size_t keyring_sign(
    const struct keyring *r, const struct signreq *q, unsigned char *sig);

#endif
