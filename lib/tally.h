/* SPDX-License-Identifier: ISC */
/* The folder where connections and failed logins are counted (connlimit),
 * shared by all of them. It holds the file "state", with the key of the hash
 * and the rates (lib/rate.h), and empty files that only carry locks
 * (ipcheck/slot.h). */
#ifndef TALLY_H
#define TALLY_H

#include <stddef.h>
#include <stdint.h>

#include "siphash.h"

struct tally {
	int dir;  /* the folder */
	int file; /* its file "state" */
	unsigned char key[SIPHASH_KEY];
};

/* Opens DIR, which must belong to this user and to nobody else, and makes the
 * state file with a random key if it is new. Dies: 100 DIR is open to others,
 * 111 it cannot be used now. */
void tally_open(struct tally *s, const char *dir);

void tally_close(struct tally *s);

/* The hash of N bytes, not to be foretold by strangers. */
uint64_t tally_hash(const struct tally *s, const void *data, size_t n);

/* Sets a lock of TYPE (F_WRLCK, F_RDLCK, F_UNLCK) of the open file FD on LEN
 * bytes from START. 1; 0 another holds one. Dies 111 if it cannot be tried. */
int tally_trylock(int fd, short type, uint64_t start, uint64_t len);

/* The same, but waits for the other: two seconds, then dies 111. */
void tally_lock(int fd, short type, uint64_t start, uint64_t len);

#endif
