/* SPDX-License-Identifier: ISC */
/* What the manager has asked the spawner for. */
#include "queue/slots.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "deadline.h"
#include "log.h"
#include "peer.h"
#include "queue/filter.h"
#include "queue/spawner.h"

enum { SLOTS_SECONDS = 30 };
enum { SLOTS_FILTERS = 4 }; /* every fourth slot may have the filter */

static void
slots_ask(struct slots *s, const char *text, int n, int fd)
{
	tain deadline;

	deadline_in(&deadline, SLOTS_SECONDS);
	if (peer_send(s->peer, text, (size_t)n, fd, &deadline) != 1)
		log_die(111, "the spawner does not answer", (char *)0);
}

/* Asks for link N: a remote_start. */
static void
slots_link(void *data, size_t n, const char *domain, int strict, int fd)
{
	char text[SPAWNER_REQUEST_MAX], number[LOG_NUM];
	struct slots *s = data;
	int len;

	len = snprintf(text, sizeof text, "%s%c-%c%c-%c%s%c%c%s%c",
	    log_u64(number, s->jobs + n), 0, 0, 0, 0, strict ? "strict" : "", 0,
	    SPAWNER_LINK, domain, 0);
	slots_ask(s, text, len + 1, fd);
}

/* Asks for the end of link N: a remote_stop. */
static void
slots_stop(void *data, size_t n)
{
	char text[SPAWNER_REQUEST_MAX], number[LOG_NUM];
	struct slots *s = data;
	int len;

	len = snprintf(text, sizeof text, "%s%c-%c%c-%c%c%c%c",
	    log_u64(number, s->jobs + n), 0, 0, 0, 0, 0, SPAWNER_STOP, 0);
	slots_ask(s, text, len + 1, -1);
}

/* Asks for carrier N: a carrier_start. */
static void
slots_carrier(void *data, size_t n, const char *mailbox, int fd)
{
	char text[SPAWNER_REQUEST_MAX], number[LOG_NUM];
	int len;

	len = snprintf(text, sizeof text, "%s%c%c%c%c%c%s%c",
	    log_u64(number, n), 0, 0, 0, 0, 0, mailbox, 0);
	slots_ask(data, text, len + 1, fd);
}

/* A remote_done, a carrier_done. */
static void
slots_settle(void *data, struct job *j)
{
	struct slots *s = data;

	s->done(s->data, j);
}

void
slots_init(struct slots *s, const struct manager_config *c, slots_done *done,
    void *data)
{
	size_t i;

	for (i = 0; i < c->jobs; i++)
		s->carriers.carrier[i].fd = -1;
	for (i = 0; i < c->links; i++)
		s->remote.link[i].link.fd = -1;
	s->peer = c->peer;
	s->active = c->dirs.active;
	s->jobs = c->jobs;
	s->done = done;
	s->data = data;
	s->carriers.active = s->remote.active = s->active;
	s->carriers.done = s->remote.done = slots_settle;
	s->carriers.full = c->dirs.full;
	s->carriers.max = c->jobs;
	s->carriers.start = slots_carrier;
	s->carriers.data = s;
	s->remote.want.max = c->links;
	s->remote.start = slots_link;
	s->remote.stop = slots_stop;
	s->remote.data = s;
}

/* The first free slot for a carrier or a program, or jobs: there is none. */
static size_t
slots_free(const struct slots *s)
{
	size_t i;

	for (i = 0; i < s->jobs; i++)
		if (!s->program[i].job && !s->carriers.carrier[i].busy)
			break;
	return i;
}

/* Asks for a delivery of J to program or filter T in slot I. 0, or -1. */
static int
slots_program(struct slots *s, struct job *j, struct job_target *t, size_t i)
{
	char text[SPAWNER_REQUEST_MAX], number[LOG_NUM];
	char filter[1 + FILTER_NOTES] = {SPAWNER_FILTER};
	int is_filter = t->kind == JOB_FILTER, fd, n, r = -1;

	if (is_filter)
		filter_notes(&j->envelope, filter + 1);
	n = snprintf(text, sizeof text, "%s%c%s%c%s%c%s%c%s%c%s%c%s",
	    log_u64(number, i), 0, j->id, 0, j->again ? "again" : "", 0,
	    j->envelope.connid, 0, j->envelope.from, 0,
	    is_filter ? filter : t->address, 0, j->envelope.to[t->to].address);
	fd = openat(s->active, j->name, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && n > 0 && (size_t)n < sizeof text &&
	    lseek(fd, (off_t)j->envelope.body, SEEK_SET) >= 0) {
		slots_ask(s, text, n + 1, fd);
		s->program[i].job = j;
		s->program[i].target = t;
		s->filters += is_filter;
		r = 0;
	}
	if (fd >= 0)
		close(fd);
	return r;
}

/* Starts a delivery in the free slot I, with a new process. 0, or -1. */
static int
slots_start(struct slots *s, struct job *j, struct job_target *t, size_t i)
{
	struct carrier *c;

	if (t->kind != JOB_MAILBOX)
		return slots_program(s, j, t, i);
	c = carrier_open(&s->carriers, i, t->address);
	return c ? carrier_add(&s->carriers, c, j, t) : -1;
}

int
slots_filtering(const struct slots *s, const struct job *j)
{
	return j->target_n && j->target->kind == JOB_FILTER &&
	    s->filters >= (s->jobs + SLOTS_FILTERS - 1) / SLOTS_FILTERS;
}

int
slots_local(struct slots *s, struct job *j, struct job_target *t)
{
	struct carrier *c = 0;
	size_t i;
	int r;

	if (t->kind == JOB_MAILBOX)
		c = carrier_find(&s->carriers, t->address);
	if (!c && (i = slots_free(s)) == s->jobs) {
		carrier_yield(&s->carriers);
		return 0;
	}
	r = c ? carrier_add(&s->carriers, c, j, t) : slots_start(s, j, t, i);
	if (r < 0)
		job_result(j, t, 111, "4.3.0 the delivery could not start\n");
	else
		j->running++;
	return 1;
}

/* The end of what is in slot I; -1: it is not open. */
static int
slots_fd(const struct slots *s, size_t i)
{
	return i < s->jobs ? s->carriers.carrier[i].fd
			   : s->remote.link[i - s->jobs].link.fd;
}

size_t
slots_poll(const struct slots *s, struct pollfd *p)
{
	size_t i, n = s->jobs + s->remote.want.max;

	for (i = 0; i < n; i++)
		p[i] = (struct pollfd){.fd = slots_fd(s, i), .events = POLLIN};
	return n;
}

void
slots_read(struct slots *s, const struct pollfd *p)
{
	size_t i, n = s->jobs + s->remote.want.max;

	for (i = 0; i < n; i++)
		if (!p[i].revents || p[i].fd != slots_fd(s, i))
			continue;
		else if (i < s->jobs)
			carrier_hear(&s->carriers, i);
		else
			remote_hear(&s->remote, i - s->jobs);
}

/* The delivery to a program in slot I has ended with CODE and said TEXT. 0, or
 * -1: there is none. */
static int
slots_ended(struct slots *s, size_t i, int code, const char *text)
{
	struct slots_program *p = &s->program[i];
	struct job *j = p->job;
	char said[FILTER_TEXT];

	if (!j) {
		errno = EPROTO;
		return -1;
	}
	if (p->target->kind == JOB_FILTER) {
		s->filters--;
		code = filter_result(code, text, said);
		text = said;
		if (code == 0)
			log_event("filtered", "connid", j->envelope.connid,
			    "id", j->id, "to", p->target->address, (char *)0);
	}
	job_result(j, p->target, code, text);
	p->job = 0;
	slots_settle(s, j);
	return 0;
}

int
slots_answer(struct slots *s)
{
	char text[SPAWNER_ANSWER_MAX];
	const char *field[SPAWNER_ANSWER];
	tain deadline;
	size_t n, i;
	int r;

	deadline_in(&deadline, SLOTS_SECONDS);
	r = peer_recv(s->peer, text, sizeof text, &n, 0, &deadline);
	if (r <= 0)
		return r;
	if (!peer_split(text, n, field, SPAWNER_ANSWER)) {
		errno = EPROTO;
		return -1;
	}
	i = strtoul(field[0], 0, 10);
	if (i >= s->jobs)
		r = remote_ended(&s->remote, i - s->jobs);
	else if (s->carriers.carrier[i].busy)
		r = carrier_ended(&s->carriers, i);
	else
		r = slots_ended(s, i, atoi(field[1]), field[2]);
	return r < 0 ? -1 : 1;
}
