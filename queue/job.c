/* SPDX-License-Identifier: ISC */
/* One attempt at one message. */
#include "queue/job.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "address.h"
#include "log.h"

static int
job_has_target(const struct job *j, const char *mailbox)
{
	size_t i;

	for (i = 0; i < j->target_n; i += strlen(j->target + i) + 1)
		if (strcmp(j->target + i, mailbox) == 0)
			return 1;
	return 0;
}

/* A local_each. Returns 1, to end, only when there is no memory. */
static int
job_add(void *data, const char *mailbox, const struct rules_value *record)
{
	struct job *j = data;
	size_t n = strlen(mailbox) + 1;
	char *more;

	(void)record;
	if (state_is_done(&j->state, mailbox) || job_has_target(j, mailbox))
		return 0;
	if (!(more = realloc(j->target, j->target_n + n))) {
		j->unresolved++;
		return 1;
	}
	memcpy(more + j->target_n, mailbox, n);
	j->target = more;
	j->target_n += n;
	return 0;
}

static const char *
job_reason(enum local_verdict v)
{
	switch (v) {
	case LOCAL_FOREIGN:
		return "the domain is no longer delivered here";
	case LOCAL_UNKNOWN:
		return "no such mailbox any more";
	case LOCAL_LOOP:
		return "aliases loop or lead to too many mailboxes";
	case LOCAL_AWAY:
		return "an alias leads to a domain that is not delivered here";
	default:
		return "the rules cannot be read";
	}
}

/* Finds the mailboxes of recipient TO. */
static void
job_resolve(struct job *j, struct local *l, const char *to)
{
	char key[ADDRESS_MAX + 1];
	enum local_verdict v = LOCAL_UNKNOWN;

	if (local_key(key, to))
		v = local_resolve(l, key, job_add, j);
	if (v == LOCAL_OK)
		return;
	j->unresolved++;
	log_event("deferred", "connid", j->envelope.connid, "id", j->id, "to",
	    to, "reason", job_reason(v), (char *)0);
}

/* Puts the message aside as unusable. Always 0. */
static int
job_damaged(const struct queue_dirs *q, const char *name)
{
	log_event("damaged", "name", name, "moved-to", "failed", (char *)0);
	if (renameat(q->active, name, q->failed, name) < 0)
		log_event("move-failed", "name", name, "reason",
		    strerror(errno), (char *)0);
	return 0;
}

int
job_load(struct job *j, const struct queue_dirs *q, struct local *l,
    const char *name, int again)
{
	size_t i;
	int fd, r;

	memset(j, 0, sizeof *j);
	snprintf(j->name, sizeof j->name, "%s", name);
	snprintf(j->id, sizeof j->id, "%.*s", (int)strcspn(name, ","), name);
	if ((fd = openat(q->active, name, O_RDONLY | O_CLOEXEC)) < 0)
		return -1;
	r = envelope_read(fd, &j->envelope);
	close(fd);
	if (r == 0)
		return job_damaged(q, name);
	if (r < 0)
		return -1;
	if (again && state_read(q->state, name, &j->state) < 0) {
		log_event("state-damaged", "id", j->id, "reason",
		    strerror(errno), (char *)0);
		state_free(&j->state);
	}
	j->again = again;
	for (i = 0; i < j->envelope.to_n; i++)
		job_resolve(j, l, j->envelope.to[i].address);
	return 1;
}

const char *
job_next(struct job *j)
{
	const char *s = j->target + j->target_at;

	if (j->target_at == j->target_n)
		return 0;
	j->target_at += strlen(s) + 1;
	return s;
}

void
job_result(struct job *j, const char *mailbox, int code)
{
	char number[LOG_NUM];

	if (code == 0 && state_add_done(&j->state, mailbox) == 0)
		return;
	j->unresolved++;
	log_event("deferred", "connid", j->envelope.connid, "id", j->id, "to",
	    mailbox, "exit", log_u64(number, (uint64_t)code), (char *)0);
}

/* Removes the message, or keeps what could not be delivered in time. */
static int
job_leave(struct job *j, const struct queue_dirs *q)
{
	if (!j->unresolved) {
		if (unlinkat(q->active, j->name, 0) < 0)
			return -1;
	} else {
		log_event("undeliverable", "connid", j->envelope.connid, "id",
		    j->id, "moved-to", "failed", (char *)0);
		if (renameat(q->active, j->name, q->failed, j->name) < 0)
			return -1;
	}
	if (j->again)
		unlinkat(q->state, j->name, 0);
	return 0;
}

int
job_finish(struct job *j, const struct queue_dirs *q, uint64_t *next)
{
	uint64_t now = (uint64_t)time(0), delay = JOB_DELAY_FIRST, i;
	char tries[LOG_NUM], seconds[LOG_NUM];

	*next = 0;
	if (!j->unresolved || now >= j->envelope.time + JOB_LIFETIME)
		return job_leave(j, q);
	for (i = 0; i < j->state.tries && delay < JOB_DELAY_MAX; i++)
		delay *= 2;
	if (delay > JOB_DELAY_MAX)
		delay = JOB_DELAY_MAX;
	j->state.tries++;
	j->state.next = *next = now + delay;
	log_event("retry", "connid", j->envelope.connid, "id", j->id, "tries",
	    log_u64(tries, j->state.tries), "in", log_u64(seconds, delay),
	    (char *)0);
	return state_write(q->state, j->name, &j->state);
}

void
job_free(struct job *j)
{
	envelope_free(&j->envelope);
	state_free(&j->state);
	free(j->target);
}
