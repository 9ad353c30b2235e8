/* SPDX-License-Identifier: ISC */
/* The end of an attempt: the sender is told what must be told, and the message
 * leaves the queue or waits. */
#ifndef FINISH_H
#define FINISH_H

#include "queue/job.h"

struct finish {
	const char *host;  /* this server, as its notices name it */
	uint64_t lifetime; /* seconds until what is not delivered is returned */
	uint64_t warn;     /* seconds until the sender is warned; 0: never */
	int filter;        /* notices go through one */
};

enum { FINISH_LIFETIME = 5 * 86400, FINISH_WARN = 4 * 3600 };

/* After the last result. The notice is safe in the queue before the message
 * leaves it, or before its recipients count as done. The message leaves (*NEXT
 * is 0), or its state is saved and it is to be tried again at *NEXT. 0, or -1
 * with errno: nothing is lost, try again as after a crash. */
int finish_job(struct job *j, const struct queue_dirs *q,
    const struct finish *f, uint64_t *next);

#endif
