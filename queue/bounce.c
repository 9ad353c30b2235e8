/* SPDX-License-Identifier: ISC */
/* Who is told what became of a message. */
#include "queue/bounce.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "local.h"
#include "log.h"
#include "queue/dsn.h"

/* A message about a message that had no sender; see bounce_origin. */
static const char bounce_double[] = "double";

/* 1 if NOTIFY (of an envelope; null: nobody said) asks for WORD; UNSAID is the
 * answer where nobody said. */
static int
bounce_asked(const char *notify, const char *word, int unsaid)
{
	size_t n = strlen(word);
	const char *s = notify;

	if (!notify)
		return unsaid;
	for (; *s; s += strcspn(s, ","), s += *s == ',')
		if (strcspn(s, ",") == n && strncmp(s, word, n) == 0)
			return 1;
	return 0;
}

/* What became of the recipient of T, which is done. */
static enum dsn_action
bounce_done(const struct job_target *t)
{
	if (t->many)
		return DSN_EXPANDED;
	return t->kind == JOB_REMOTE ? DSN_RELAYED : DSN_DELIVERED;
}

/* One entry for recipient TO: the worst that befell its targets T to END. 1 if
 * the sender is to be told; else 0. */
static int
bounce_entry(const struct envelope_to *to, const struct job_target *t,
    const struct job_target *end, int warn, struct dsn_entry *e)
{
	const struct job_target *worst = t;
	int open = 0;

	for (; t < end; t++) {
		open |= t->outcome == JOB_DEFERRED;
		if (t->outcome > worst->outcome)
			worst = t;
	}
	e->to = to->address;
	e->orcpt = to->orcpt;
	e->report = worst->report;
	switch (worst->outcome) {
	case JOB_FAILED:
		e->action = DSN_FAILED;
		return bounce_asked(to->notify, "failure", 1);
	case JOB_DEFERRED:
		e->action = DSN_DELAYED;
		return warn && bounce_asked(to->notify, "delay", 1);
	case JOB_DONE:
		e->action = bounce_done(worst);
		/* who has DSN tells of it itself (RFC 3461, 5.2.2) */
		return !open && (worst->many || !worst->passed) &&
		    bounce_asked(to->notify, "success", 0);
	default:
		return 0;
	}
}

/* Fills ENTRY (one for each recipient at the most). How many. */
static size_t
bounce_entries(const struct job *j, int warn, struct dsn_entry *entry)
{
	const struct job_target *t = j->target, *end = t + j->target_n, *next;
	int null = !*j->envelope.from;
	size_t n = 0;

	for (; t < end; t = next) {
		for (next = t; next < end && next->to == t->to; next++)
			;
		if (bounce_entry(
			&j->envelope.to[t->to], t, next, warn, &entry[n]) &&
		    (!null || entry[n].action == DSN_FAILED))
			n++;
	}
	return n;
}

/* Opens the notice D with its envelope. Null: failed, with errno. */
static struct queue_out *
bounce_start(const struct job *j, const struct queue_dirs *q,
    const struct dsn *d, int is_8bit, int filter)
{
	const struct envelope *e = &j->envelope;
	struct queue_out *out = queue_start(q->incoming, e->connid, "");

	if (!out)
		return 0;
	if ((is_8bit && queue_note(out, "body", "8bitmime") < 0) ||
	    (d->utf8 && queue_note(out, "smtputf8", "yes") < 0) ||
	    (e->requiretls && queue_note(out, "requiretls", "yes") < 0) ||
	    (filter && queue_note(out, "filter", "yes") < 0) ||
	    (!*e->from && queue_note(out, "origin", bounce_double) < 0) ||
	    queue_to(out, d->rcpt) < 0) {
		queue_abort(out);
		return 0;
	}
	return out;
}

static enum bounce_verdict
bounce_queue(
    const struct job *j, const struct queue_dirs *q, struct dsn *d, int filter)
{
	struct queue_out *out = 0;
	char id[QUEUE_NAME_MAX] = "";
	int is_8bit, r = -1;

	if ((is_8bit = dsn_is_8bit(d)) >= 0)
		out = bounce_start(j, q, d, is_8bit, filter);
	if (out) {
		strcpy(id, queue_id(out));
		if (dsn_write(d, out, is_8bit) < 0)
			queue_abort(out);
		else
			r = queue_commit(out);
	}
	if (r < 0)
		log_event("notice-failed", "connid", j->envelope.connid, "id",
		    j->id, "reason", strerror(errno), (char *)0);
	else
		log_event("notice", "connid", j->envelope.connid, "about",
		    j->id, "id", id, "to", d->rcpt, (char *)0);
	return r < 0 ? BOUNCE_TROUBLE : BOUNCE_QUEUED;
}

static void
bounce_fill(struct dsn *d, const struct job *j, const struct finish *f)
{
	const struct envelope *e = &j->envelope;
	size_t i;

	d->host = f->host;
	d->rcpt = *e->from ? e->from : LOCAL_POSTMASTER;
	d->sender = e->from;
	d->envid = e->envid;
	d->id = j->id;
	d->arrived = e->time;
	d->until = e->time + f->lifetime;
	d->utf8 = e->smtputf8 != 0;
	for (i = 0; i < d->n; i++)
		if (d->entry[i].action == DSN_FAILED)
			d->full = e->ret && strcmp(e->ret, "full") == 0 &&
			    !e->requiretls;
	d->body = (off_t)e->body;
}

enum bounce_verdict
bounce_job(const struct job *j, const struct queue_dirs *q,
    const struct finish *f, int warn)
{
	struct dsn d = {0};
	struct dsn_entry *entry;
	enum bounce_verdict v = BOUNCE_NONE;

	if (!j->envelope.to_n)
		return BOUNCE_NONE;
	if (!(entry = calloc(j->envelope.to_n, sizeof *entry)))
		return BOUNCE_TROUBLE;
	d.entry = entry;
	d.n = bounce_entries(j, warn, entry);
	if (d.n && j->envelope.origin &&
	    strcmp(j->envelope.origin, bounce_double) == 0) {
		v = BOUNCE_LOOP;
	} else if (d.n) {
		bounce_fill(&d, j, f);
		d.fd = openat(q->active, j->name, O_RDONLY | O_CLOEXEC);
		v = d.fd < 0 ? BOUNCE_TROUBLE
			     : bounce_queue(j, q, &d, f->filter);
		if (d.fd >= 0)
			close(d.fd);
	}
	free(entry);
	return v;
}
