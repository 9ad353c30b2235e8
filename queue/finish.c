/* SPDX-License-Identifier: ISC */
/* The end of an attempt. */
#include "queue/finish.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "queue/bounce.h"

enum { FINISH_DELAY_FIRST = 60, FINISH_DELAY_MAX = 3600 };

/* How many targets have OUTCOME. */
static size_t
finish_count(const struct job *j, enum job_outcome outcome)
{
	size_t i, n = 0;

	for (i = 0; i < j->target_n; i++)
		n += j->target[i].outcome == outcome;
	return n;
}

/* Turns outcome FROM into TO. */
static void
finish_turn(struct job *j, enum job_outcome from, enum job_outcome to)
{
	size_t i;

	for (i = 0; i < j->target_n; i++)
		if (j->target[i].outcome == from)
			j->target[i].outcome = to;
}

/* What is done or failed needs no more tries; why the rest waits. */
static void
finish_note(struct job *j)
{
	struct job_target *t = j->target, *end = t + j->target_n;

	state_clear_last(&j->state);
	for (; t < end; t++)
		if (t->outcome == JOB_DEFERRED)
			state_add_last(&j->state, t->address, t->report.status,
			    t->report.reason);
		else if (t->outcome == JOB_OPEN ||
		    state_add_done(&j->state, t->address) < 0)
			j->starved = 1;
}

/* Removes the message; or, with KEEP, puts it where the admin finds it. */
static int
finish_leave(struct job *j, const struct queue_dirs *q, int keep)
{
	if (keep) {
		log_event("undeliverable", "connid", j->envelope.connid, "id",
		    j->id, "moved-to", "failed", (char *)0);
		if (renameat(q->active, j->name, q->failed, j->name) < 0)
			return -1;
	} else if (unlinkat(q->active, j->name, 0) < 0) {
		return -1;
	}
	if (j->again)
		unlinkat(q->state, j->name, 0);
	return 0;
}

/* The seconds until the next try, after TRIES of them. */
static uint64_t
finish_delay(uint64_t tries)
{
	uint64_t delay = FINISH_DELAY_FIRST;

	while (tries-- > 0 && delay < FINISH_DELAY_MAX)
		delay *= 2;
	return delay < FINISH_DELAY_MAX ? delay : FINISH_DELAY_MAX;
}

static int
finish_wait(
    struct job *j, const struct queue_dirs *q, uint64_t now, uint64_t *next)
{
	uint64_t delay = finish_delay(j->state.tries++);
	char tries[LOG_NUM], seconds[LOG_NUM];

	j->state.next = *next = now + delay;
	log_event("retry", "connid", j->envelope.connid, "id", j->id, "tries",
	    log_u64(tries, j->state.tries), "in", log_u64(seconds, delay),
	    (char *)0);
	return state_write(q->state, j->name, &j->state);
}

int
finish_job(struct job *j, const struct queue_dirs *q, const struct finish *f,
    uint64_t *next)
{
	uint64_t now = (uint64_t)time(0), age;
	enum bounce_verdict v;
	int warn;

	*next = 0;
	age = now > j->envelope.time ? now - j->envelope.time : 0;
	if (age >= f->lifetime)
		finish_turn(j, JOB_DEFERRED, JOB_FAILED);
	warn = f->warn && age >= f->warn && !j->state.warned &&
	    finish_count(j, JOB_DEFERRED) > 0;
	v = bounce_job(j, q, f, warn);
	if (v == BOUNCE_TROUBLE) {
		finish_turn(j, JOB_FAILED, JOB_DEFERRED);
		warn = 0;
	}
	if (warn)
		j->state.warned = now;
	finish_note(j);
	if (!finish_count(j, JOB_DEFERRED) && !j->starved)
		return finish_leave(j, q, v == BOUNCE_LOOP);
	return finish_wait(j, q, now, next);
}
