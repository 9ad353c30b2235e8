/* SPDX-License-Identifier: ISC */
/* One attempt at one message: where it has to go, and how that went. */
#ifndef JOB_H
#define JOB_H

#include <stddef.h>
#include <stdint.h>

#include "local.h"
#include "queue/envelope.h"
#include "queue/queue.h"
#include "queue/report.h"
#include "queue/state.h"

/* The queue's folders, open. */
struct queue_dirs {
	int incoming, active, state, failed;
	int full; /* for lib/fullbox.h; -1: there is none */
};

enum job_outcome { JOB_OPEN, JOB_DONE, JOB_DEFERRED, JOB_FAILED };

enum job_kind {
	JOB_MAILBOX,
	JOB_PROGRAM, /* address: as local_each has it */
	JOB_REMOTE,  /* address: as the sender or the alias has it */
	JOB_FILTER,  /* a notice; address: its recipient */
	JOB_NOWHERE  /* the recipient itself */
};

/* A mailbox to deliver to, or a recipient that leads to none (then its outcome
 * is there from the start). */
struct job_target {
	enum job_kind kind;
	char *address; /* owned */
	size_t to;     /* the recipient it stands for, in the envelope */
	int many;      /* that is an alias of several */
	int passed;    /* JOB_REMOTE, done: to a server that has DSN */
	enum job_outcome outcome;
	char *text; /* owned: report is in it; null: outcome is open */
	struct report report;
};

struct job {
	char name[QUEUE_NAME_MAX];
	char id[QUEUE_NAME_MAX]; /* name without ",S=BYTES" */
	int again;               /* it may have been tried */
	int known;               /* and what came of it is in state */
	struct envelope envelope;
	struct state state;
	struct job_target *target; /* in the order of the recipients */
	size_t target_n;
	size_t target_at; /* the next one to look at */
	size_t to, ends;  /* while loading: the recipient, and where it leads */
	unsigned int running;
	int starved; /* no memory for all of it: nothing may be finished */
};

/* Loads active/NAME and finds its mailboxes, or, if there is a FILTER and the
 * message is a notice that has not been through it, the way there. 1; 0 the
 * file is damaged (moved to failed/, logged); -1 failed, with errno: try later.
 * After 1, job_free. */
int job_load(struct job *j, const struct queue_dirs *q, struct local *l,
    const char *name, int again, int filter);

/* The next target to start with, or null: all are started. It stays where it
 * is until job_free. */
struct job_target *job_next(struct job *j);

/* T ended with exit CODE and said TEXT (see report.h). */
void job_result(
    struct job *j, struct job_target *t, int code, const char *text);

void job_free(struct job *j);

#endif
