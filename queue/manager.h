/* SPDX-License-Identifier: ISC */
/* The side of queued that reads the queue: what is due, in what order, and what
 * became of it. It has no rights but those on the queue's folders and the
 * compiled rules without password hashes. */
#ifndef MANAGER_H
#define MANAGER_H

#include "queue/finish.h"
#include "queue/job.h"

enum { MANAGER_JOBS_MAX = 256, MANAGER_LINKS_MAX = 256 };

struct manager_config {
	struct queue_dirs dirs;
	const char *cdb;    /* folder of compiled rules */
	unsigned int jobs;  /* deliveries at a time, at most MANAGER_JOBS_MAX */
	unsigned int links; /* connections to other servers, likewise */
	struct finish finish;
	int peer;  /* the spawner */
	int ready; /* readiness descriptor, or -1 */
};

/* Runs until the spawner is gone; returns the exit code. */
int manager_run(const struct manager_config *c);

#endif
