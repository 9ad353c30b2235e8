/* SPDX-License-Identifier: ISC */
/* What waits for one destination: messages, each with those of its recipients
 * that are there, first come, first served. */
#ifndef BACKLOG_H
#define BACKLOG_H

#include <stddef.h>

#include "queue/job.h"

enum { BACKLOG_RECIPIENTS = 100 }; /* of one message over one connection */

struct backlog_item {
	struct backlog_item *next;
	struct job *job;
	size_t n;
	struct job_target *target[BACKLOG_RECIPIENTS];
};

struct backlog {
	struct backlog_item *first, *end;
	size_t n;
};

/* Adds T of J. 0, or -1: no memory. */
int backlog_add(struct backlog *b, struct job *j, struct job_target *t);

/* Takes the first item; the caller frees it. Null: none. */
struct backlog_item *backlog_take(struct backlog *b);

#endif
