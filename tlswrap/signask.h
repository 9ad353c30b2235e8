/* SPDX-License-Identifier: ISC */
/* A worker's way to its signer. OpenSSL calls the provider with no more than
 * a key, so there is one signer for the process. */
#ifndef SIGNASK_H
#define SIGNASK_H

#include <stddef.h>
#include <stdint.h>

/* From now on the signer is at the other end of the socket FD. */
void signask_use(int fd);

/* There is no more to sign: the signer may go. */
void signask_end(void);

/* The signature of KEY under the N bytes at TEXT into SIG (SIGNREQ_SIGNATURE
 * bytes). Its length, or 0: refused, or no answer in time. */
size_t signask_sign(uint64_t key, unsigned int scheme, const void *text,
    size_t n, unsigned char *sig);

/* KEY is not used any more. */
void signask_forget(uint64_t key);

/* The certificates of the bundle NAME as an open file, and its key; -1 there
 * is none, and the signer has logged why. */
int signask_name(const char *name, uint64_t *key);

/* 1 if the signer did not answer in time since this was last asked. */
int signask_stalled(void);

#endif
