/* SPDX-License-Identifier: ISC */
/* What the admin asks of queued about one message. */
#include "queue/order.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "log.h"

static const char order_prefix[] = "order.";
static const char *const order_verbs[ORDER_VERBS] = {
    "hold", "release", "retry", "return", "drop"};

int
order_name(const char *name)
{
	return strncmp(name, order_prefix, sizeof order_prefix - 1) == 0;
}

int
order_give(int active, enum order_verb verb, const char *message,
    const char *text, char *name)
{
	static unsigned int count;
	char line[ORDER_MAX];
	struct timespec t;

	if (clock_gettime(CLOCK_REALTIME, &t) < 0)
		return -1;
	if (snprintf(line, sizeof line, "%s %s %s", order_verbs[verb], message,
		text) >= (int)sizeof line) {
		errno = EMSGSIZE;
		return -1;
	}
	snprintf(name, QUEUE_NAME_MAX, "%s%lld.%06ld.%ld.%u", order_prefix,
	    (long long)t.tv_sec, t.tv_nsec / 1000, (long)getpid(), count++);
	return symlinkat(line, active, name);
}

int
order_read(int active, const char *name, struct order *o)
{
	ssize_t n = readlinkat(active, name, o->line, sizeof o->line - 1);
	char *blank, *text;
	int v;

	if (n < 0)
		return errno == EINVAL ? 0 : -1;
	o->line[n] = 0;
	if (!(blank = strchr(o->line, ' ')) || !(text = strchr(blank + 1, ' ')))
		return 0;
	*blank = *text = 0;
	o->message = blank + 1;
	o->text = text + 1;
	for (v = 0; v < ORDER_VERBS; v++)
		if (strcmp(o->line, order_verbs[v]) == 0) {
			o->verb = (enum order_verb)v;
			return *o->message != 0;
		}
	return 0;
}

/* Changes the state of W: whether it is held, and when it is due. */
static int
order_state(const struct order *o, const struct waiting *w,
    const struct queue_dirs *q, uint64_t *due)
{
	struct state s;
	int r;

	if (state_read(q->state, w->name, &s) < 0)
		return -1;
	if (o->verb == ORDER_HOLD)
		s.held = (uint64_t)time(0);
	else if (o->verb == ORDER_RELEASE)
		s.held = 0;
	if (o->verb != ORDER_HOLD)
		s.next = (uint64_t)time(0);
	*due = s.held ? SCHEDULE_NEVER : s.next;
	r = state_write(q->state, w->name, &s) < 0 ? -1 : 1;
	state_free(&s);
	return r;
}

/* Ends the message W: its recipients fail, by the admin's will. */
static int
order_end(const struct order *o, const struct waiting *w,
    const struct queue_dirs *q, const struct finish *f, struct local *l)
{
	char text[REPORT_MAX];
	struct job_target *t;
	struct job j;
	uint64_t next = 0;
	int r = job_load(&j, q, l, w->name, 1, f->filter);
	size_t i;

	if (r <= 0)
		return r;
	snprintf(text, sizeof text, "5.7.0 removed by the postmaster: %s\n",
	    o->text);
	for (i = 0, t = j.target; i < j.target_n; i++, t++)
		if (t->outcome != JOB_FAILED) {
			free(t->text);
			t->text = 0;
			job_result(&j, t, 100, text);
		}
	for (i = 0; o->verb == ORDER_DROP && i < j.envelope.to_n; i++)
		j.envelope.to[i].notify = "never";
	j.state.held = 0;
	r = finish_job(&j, q, f, &next);
	job_free(&j);
	if (r == 0 && next)
		errno = EIO;
	return r < 0 || next ? -1 : 0;
}

int
order_do(const struct order *o, const struct waiting *w,
    const struct queue_dirs *q, const struct finish *f, struct local *l,
    uint64_t *due)
{
	char id[QUEUE_NAME_MAX];

	snprintf(id, sizeof id, "%.*s", (int)strcspn(w->name, ","), w->name);
	log_event("order", "verb", o->line, "id", id,
	    o->verb == ORDER_RETRY ? "domain" : "reason",
	    *o->text ? o->text : 0, (char *)0);
	if (o->verb == ORDER_RETURN || o->verb == ORDER_DROP)
		return order_end(o, w, q, f, l);
	return order_state(o, w, q, due);
}
