/* SPDX-License-Identifier: ISC */
/* One attempt at one message. */
#include "queue/job.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "address.h"
#include "log.h"

/* One more target, for the recipient at hand. It, or null: no memory, noted. */
static struct job_target *
job_add(struct job *j, const char *prefix, const char *address)
{
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

/* A local_each. Returns 1, to end, only when there is no memory. */
static int
job_mailbox(void *data, const char *mailbox, const struct rules_value *record)
{
	struct job *j = data;

	(void)record;
	return !state_is_done(&j->state, mailbox) &&
	    !job_has_target(j, mailbox) && !job_add(j, "", mailbox);
}

/* What a recipient that does not lead to mailboxes alone comes to. */
static const struct {
	int code;
	const char *text;
} job_verdicts[] = {
    [LOCAL_FOREIGN] = {111, "4.4.4 the domain is no longer delivered here\n"},
    [LOCAL_UNKNOWN] = {100, "5.1.1 there is no such mailbox\n"},
    [LOCAL_LOOP] = {100, "5.4.6 aliases loop or lead to too many mailboxes\n"},
    [LOCAL_AWAY] = {111,
	"4.4.4 an alias leads to a domain that is not delivered here\n"},
    [LOCAL_FAILED] = {111, "4.3.5 the rules cannot be read\n"},
};

/* Finds the mailboxes of recipient TO. */
static void
job_resolve(struct job *j, struct local *l, const char *to)
{
	char key[ADDRESS_MAX + 1];
	enum local_verdict v = LOCAL_UNKNOWN;
	struct job_target *t;

	if (local_key(key, to))
		v = local_resolve(l, key, job_mailbox, j);
	if (v != LOCAL_OK && (t = job_add(j, "to:", to)))
		job_result(j, t, job_verdicts[v].code, job_verdicts[v].text);
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
	for (i = 0; i < j->envelope.to_n; i++) {
		j->to = i;
		job_resolve(j, l, j->envelope.to[i].address);
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
	const char *to = t->address;

	if (strncmp(to, "to:", 3) == 0)
		to += 3;
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
