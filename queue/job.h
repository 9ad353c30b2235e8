/* SPDX-License-Identifier: ISC */
/* One attempt at one message: where it has to go, and how that went. */
#ifndef JOB_H
#define JOB_H

#include <stddef.h>
#include <stdint.h>

#include "local.h"
#include "queue/envelope.h"
#include "queue/queue.h"
#include "queue/state.h"

enum { JOB_LIFETIME = 5 * 86400, JOB_DELAY_FIRST = 60, JOB_DELAY_MAX = 3600 };

/* The queue's folders, open. */
struct queue_dirs {
	int incoming, active, state, failed;
};

struct job {
	char name[QUEUE_NAME_MAX];
	char id[QUEUE_NAME_MAX]; /* name without ",S=BYTES" */
	int again;
	struct envelope envelope;
	struct state state;
	char *target;     /* mailboxes to deliver to, each ended by NUL */
	size_t target_n;  /* bytes of them */
	size_t target_at; /* the next one to start */
	unsigned int running, unresolved;
};

/* Loads active/NAME and finds its mailboxes. 1; 0 the file is damaged (moved to
 * failed/, logged); -1 failed, with errno: try later. After 1, job_free. */
int job_load(struct job *j, const struct queue_dirs *q, struct local *l,
    const char *name, int again);

/* The next mailbox to start with, or null: all are started. */
const char *job_next(struct job *j);

/* MAILBOX ended with exit CODE of deliver. */
void job_result(struct job *j, const char *mailbox, int code);

/* After the last result. The message leaves the queue (*NEXT is 0), or its
 * state is saved and it is to be tried again at *NEXT. 0, or -1 with errno. */
int job_finish(struct job *j, const struct queue_dirs *q, uint64_t *next);

void job_free(struct job *j);

#endif
