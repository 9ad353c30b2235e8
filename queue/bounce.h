/* SPDX-License-Identifier: ISC */
/* Who is told what became of a message: bounces, warnings, and what else DSN
 * (RFC 3461) asks for. */
#ifndef BOUNCE_H
#define BOUNCE_H

#include "queue/finish.h"
#include "queue/job.h"

enum bounce_verdict {
	BOUNCE_NONE,   /* there is nothing to tell, or nobody */
	BOUNCE_QUEUED, /* a notice is safe in the queue */
	BOUNCE_LOOP,   /* what failed is itself the notice of a notice */
	BOUNCE_TROUBLE /* it could not be queued, with errno */
};

/* Queues the notice about what is done, failed and, with WARN, deferred in J.
 * A message with a sender: to that. A failed one without: to postmaster, once. */
enum bounce_verdict bounce_job(const struct job *j, const struct queue_dirs *q,
    const struct finish *f, int warn);

#endif
