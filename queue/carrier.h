/* SPDX-License-Identifier: ISC */
/* What is delivered into mailboxes: carriers, each a deliver that serves one
 * mailbox for a while (see carry.h), so that not every message costs a
 * process. */
#ifndef CARRIER_H
#define CARRIER_H

#include "queue/carry.h"
#include "queue/job.h"

enum { CARRIERS_MAX = 256 };

/* A target of J has its result. */
typedef void carrier_done(void *data, struct job *j);

/* Has the spawner start carrier N for MAILBOX, with descriptor FD. */
typedef void carrier_start(void *data, size_t n, const char *mailbox, int fd);

struct carrier_item {
	struct job *job; /* null: the place is free */
	struct job_target *target;
};

struct carrier {
	int fd;   /* -1: closed */
	int busy; /* the spawner has not told of its end */
	int last; /* it gets no further message */
	unsigned int under_way, carried;
	uint64_t since, used; /* when it was started, and used last */
	char *mailbox;        /* owned */
	struct carrier_item item[CARRY_MAX];
};

struct carriers {
	int active; /* the folder with the messages */
	int full;   /* the one of full mailboxes, or -1 */
	unsigned int max;
	carrier_done *done;
	carrier_start *start;
	void *data;
	struct carrier carrier[CARRIERS_MAX];
};

/* One that can take a message to MAILBOX now, or null. */
struct carrier *carrier_find(struct carriers *c, const char *mailbox);

/* Starts one for MAILBOX in the free slot N. Null: failed, with errno. */
struct carrier *carrier_open(struct carriers *c, size_t n, const char *mailbox);

/* Gives L target T of J. 0, or -1. */
int carrier_add(
    struct carriers *c, struct carrier *l, struct job *j, struct job_target *t);

/* Ends one that has nothing to do, to have its slot for something else. */
void carrier_yield(struct carriers *c);

/* None takes a further message: the rules have changed. */
void carrier_renew(struct carriers *c);

/* Ends those that have been idle or there for long enough. 1 if there are others,
 * for which this is to be called within a second or two; else 0. */
int carrier_tidy(struct carriers *c);

/* Takes one answer of carrier AT, which is open; one that is none ends it. */
void carrier_hear(struct carriers *c, size_t at);

/* The spawner says that carrier N has ended. 0, or -1: there is none. */
int carrier_ended(struct carriers *c, size_t n);

#endif
