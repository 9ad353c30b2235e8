/* SPDX-License-Identifier: ISC */
/* A message that is read before its envelope is known: a small one in memory,
 * a large one in a file that has no name. */
#ifndef SPOOL_H
#define SPOOL_H

#include <skalibs/tai.h>

#include "queue/queue.h"

enum { SPOOL_BUFFER = 65536 };

struct spool {
	int dir; /* where such a file goes: the caller's */
	int fd;  /* it, or -1 */
	size_t n;
	char buf[SPOOL_BUFFER];
};

enum spool_verdict {
	SPOOL_OK,
	SPOOL_READ,   /* the message cannot be read, with errno */
	SPOOL_WRITE,  /* nor kept, with errno */
	SPOOL_TIMEOUT /* the deadline has passed */
};

void spool_init(struct spool *s, int dir);

/* Reads all there is from FD. */
enum spool_verdict spool_fill(struct spool *s, int fd, const tain *deadline);

/* Writes it all into Q. 0, or -1 with errno. */
int spool_write(struct spool *s, struct queue_out *q);

/* Forgets it. */
void spool_close(struct spool *s);

#endif
