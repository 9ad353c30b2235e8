/* SPDX-License-Identifier: ISC */
/* Sums that vouch for a CDB file, block by block, so that a damaged one is
 * never believed and a lookup reads no more of it than it must.
 *
 * Behind the last hash table, where no CDB reader looks, stand four bytes for
 * each block of VOUCH_BLOCK bytes before them: the low half of SipHash-2-4 of
 * the block, its number being the key, lowest byte first. They are against
 * damage, not against someone who may write the file. */
#ifndef VOUCH_H
#define VOUCH_H

#include <stddef.h>
#include <stdint.h>

enum { VOUCH_BLOCK = 512, VOUCH_SEEN = 64 };

struct vouch {
	const unsigned char *map;  /* the whole file */
	size_t body;               /* where the sums begin */
	uint32_t seen[VOUCH_SEEN]; /* blocks found right: number + 1 */
};

/* Takes the file of SIZE bytes at MAP, which stays the caller's, and checks
 * its size and its header. 1; 0 damaged. */
int vouch_open(struct vouch *v, const void *map, size_t size);

/* Checks all blocks in which the N bytes at POS lie. 1; 0 damaged, or not
 * within the body. */
int vouch_range(struct vouch *v, size_t pos, size_t n);

/* Appends its sums to the finished CDB file FD, open for reading and writing.
 * 0, or -1 with errno. */
int vouch_add(int fd);

#endif
