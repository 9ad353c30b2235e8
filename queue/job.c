/* SPDX-License-Identifier: ISC */
/* One attempt at one message. */
#include "queue/job.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "address.h"
#include "log.h"

/* One more target, for the recipient at hand. It, or null: no memory, noted. */
static struct job_target *
job_add(struct job *j, enum job_kind kind, const char *address)
{
	const char *prefix = kind == JOB_NOWHERE ? "to:" : "";
	size_t n = strlen(prefix) + strlen(address) + 1, room = j->target_n;
	struct job_target *t = j->target;

	if (!(room & (room - 1)))
		t = reallocarray(t, room ? 2 * room : 1, sizeof *t);
	if (t) {
		j->target = t;
		t += j->target_n;
		memset(t, 0, sizeof *t);
		if ((t->address = malloc(n))) {
			snprintf(t->address, n, "%s%s", prefix, address);
			t->kind = kind;
			t->to = j->to;
			j->target_n++;
			return t;
		}
	}
	j->starved = 1;
	return 0;
}

static int
job_has_target(const struct job *j, const char *mailbox)
{
	size_t i;

	for (i = 0; i < j->target_n; i++)
		if (strcmp(j->target[i].address, mailbox) == 0)
			return 1;
	return 0;
}

/* One more target of KIND, unless it is done or there already. 1 to end: no
 * memory. */
static int
job_want(struct job *j, enum job_kind kind, const char *address)
{
	j->ends++;
	if (state_is_done(&j->state, address) || job_has_target(j, address))
		return 0;
	return !job_add(j, kind, address);
}

/* A local_each. */
static int
job_found(void *data, const char *address, const struct rules_value *record)
{
	enum job_kind kind = record     ? JOB_MAILBOX
	    : *address == LOCAL_PROGRAM ? JOB_PROGRAM
					: JOB_REMOTE;

	return job_want(data, kind, address);
}

/* 1 if the message open at FD has yet to go through the filter: that is a
 * notice of queued's own. Who else can write to incoming/ cannot have what it
 * likes signed. */
static int
job_filters(const struct envelope *e, int fd)
{
	struct stat st;

	return e->filter && fstat(fd, &st) == 0 && st.st_uid == geteuid();
}

/* Finds where recipient TO leads. */
static void
job_resolve(struct job *j, struct local *l, const char *to)
{
	char key[ADDRESS_MAX + 1];
	enum local_verdict v = LOCAL_UNKNOWN;
	struct job_target *t;
	int code = 111;
	const char *text = "4.3.5 the rules cannot be read\n";

	if (local_key(key, to))
		v = local_resolve(l, key, job_found, j);
	switch (v) {
	case LOCAL_OK:
	case LOCAL_AWAY:
		return;
	case LOCAL_FOREIGN:
		job_want(j, JOB_REMOTE, to);
		return;
	case LOCAL_UNKNOWN:
		code = 100;
		text = "5.1.1 there is no such mailbox\n";
		break;
	case LOCAL_LOOP:
		text = "4.4.6 aliases loop or lead to too many mailboxes\n";
		break;
	case LOCAL_FAILED:
		break;
	}
	if (!state_is_returned(&j->state, to) &&
	    (t = job_add(j, JOB_NOWHERE, to)))
		job_result(j, t, code, text);
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
    const char *name, int again, int filter)
{
	size_t i, k;
	int fd, r;

	memset(j, 0, sizeof *j);
	snprintf(j->name, sizeof j->name, "%s", name);
	snprintf(j->id, sizeof j->id, "%.*s", (int)strcspn(name, ","), name);
	if ((fd = openat(q->active, name, O_RDONLY | O_CLOEXEC)) < 0)
		return -1;
	r = envelope_read(fd, &j->envelope);
	filter = filter && r > 0 && job_filters(&j->envelope, fd);
	close(fd);
	if (r == 0)
		return job_damaged(q, name);
	if (r < 0)
		return -1;
	r = again ? state_read(q->state, name, &j->state) : 0;
	if (r < 0) {
		log_event("state-damaged", "id", j->id, "reason",
		    strerror(errno), (char *)0);
		state_free(&j->state);
	}
	j->known = r != 0;
	j->again = again;
	for (i = 0; i < j->envelope.to_n; i++) {
		j->to = i;
		j->ends = 0;
		k = j->target_n;
		if (filter)
			job_want(j, JOB_FILTER, j->envelope.to[i].address);
		else
			job_resolve(j, l, j->envelope.to[i].address);
		for (; k < j->target_n; k++)
			j->target[k].many = j->ends > 1;
	}
	return 1;
}

struct job_target *
job_next(struct job *j)
{
	while (j->target_at < j->target_n)
		if (j->target[j->target_at++].outcome == JOB_OPEN)
			return &j->target[j->target_at - 1];
	return 0;
}

static void
job_log(const struct job *j, const struct job_target *t, const char *event,
    int code)
{
	char number[LOG_NUM];
	const char *to = t->kind == JOB_NOWHERE ? t->address + 3 : t->address;

	log_event(event, "connid", j->envelope.connid, "id", j->id, "to", to,
	    "exit", code ? log_u64(number, (uint64_t)code) : 0, "status",
	    t->report.status, "reason", t->report.reason, "remote",
	    t->report.remote, "reply", t->report.reply, (char *)0);
}

void
job_result(struct job *j, struct job_target *t, int code, const char *text)
{
	if (!(t->text = strndup(text, REPORT_MAX))) {
		j->starved = 1;
		return;
	}
	report_read(t->text, code, &t->report);
	t->outcome = code == 0                   ? JOB_DONE
	    : report_permanent(&t->report, code) ? JOB_FAILED
						 : JOB_DEFERRED;
	if (t->outcome != JOB_DONE)
		job_log(j, t, t->outcome == JOB_FAILED ? "failed" : "deferred",
		    code);
}

void
job_free(struct job *j)
{
	size_t i;

	envelope_free(&j->envelope);
	state_free(&j->state);
	for (i = 0; i < j->target_n; i++) {
		free(j->target[i].address);
		free(j->target[i].text);
	}
	free(j->target);
}
