/* SPDX-License-Identifier: ISC */
/* What the manager has asked the spawner for. Each process it started has a slot:
 * the first ones a carrier or a delivery to a program, those behind them a link
 * to another server. */
#ifndef SLOTS_H
#define SLOTS_H

#include <poll.h>

#include "queue/carrier.h"
#include "queue/manager.h"
#include "queue/remote.h"

/* A target of J has its result. */
typedef void slots_done(void *data, struct job *j);

enum { SLOTS_MAX = CARRIERS_MAX + REMOTE_LINKS_MAX };

struct slots_program {
	struct job *job; /* null: no program is in this slot */
	struct job_target *target;
};

struct slots {
	int peer, active; /* the spawner; the folder with the messages */
	unsigned int jobs;
	slots_done *done;
	void *data;
	unsigned int filters; /* programs that are the filter of notices */
	struct slots_program program[MANAGER_JOBS_MAX];
	struct carriers carriers;
	struct remote remote;
};

/* S (all zero) becomes that of manager C, which is told by DONE and DATA. */
void slots_init(struct slots *s, const struct manager_config *c,
    slots_done *done, void *data);

/* 1 if J is a notice, and as many go through the filter as may: one that hangs
 * must leave slots to other deliveries. */
int slots_filtering(const struct slots *s, const struct job *j);

/* Starts a delivery of J into mailbox, program or filter T. 1; 0 no slot is
 * free. */
int slots_local(struct slots *s, struct job *j, struct job_target *t);

/* Fills P (of SLOTS_MAX) for poll; how many. */
size_t slots_poll(const struct slots *s, struct pollfd *p);

/* Hears those of P, as slots_poll filled it, that have something to say. */
void slots_read(struct slots *s, const struct pollfd *p);

/* Takes one answer of the spawner. 1; 0 it is gone; -1 failed. */
int slots_answer(struct slots *s);

#endif
