/* SPDX-License-Identifier: ISC */
/* What is delivered into mailboxes. */
#include "queue/carrier.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "deadline.h"
#include "fullbox.h"
#include "log.h"
#include "peer.h"

enum {
	CARRIER_SECONDS = 5,
	CARRIER_IDLE = 1, /* seconds */
	CARRIER_AGE = 10, /* likewise */
	CARRIER_MESSAGES = 100
};

static uint64_t
carrier_now(void)
{
	return (uint64_t)time(0);
}

struct carrier *
carrier_find(struct carriers *c, const char *mailbox)
{
	struct carrier *l, *end = c->carrier + c->max;

	for (l = c->carrier; l < end; l++)
		if (l->fd >= 0 && !l->last && l->under_way < CARRY_MAX &&
		    strcmp(l->mailbox, mailbox) == 0)
			return l;
	return 0;
}

struct carrier *
carrier_open(struct carriers *c, size_t n, const char *mailbox)
{
	struct carrier *l = &c->carrier[n];
	char *copy = strdup(mailbox);
	int s[2];

	if (!copy ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, s) < 0) {
		free(copy);
		return 0;
	}
	c->start(c->data, n, mailbox, s[1]);
	close(s[1]);
	memset(l, 0, sizeof *l);
	l->fd = s[0];
	l->busy = 1;
	l->mailbox = copy;
	l->since = l->used = carrier_now();
	return l;
}

/* Notes that mailbox T is full, or is so no more, for who asks at RCPT. */
static void
carrier_full(int dir, const struct job_target *t)
{
	if (dir < 0)
		return;
	if (t->outcome == JOB_DONE)
		fullbox_clear(dir, t->address);
	else if (t->outcome == JOB_DEFERRED &&
	    strcmp(t->report.status, "4.2.2") == 0 &&
	    fullbox_note(dir, t->address) < 0)
		log_event("full-unnoted", "to", t->address, "reason",
		    strerror(errno), (char *)0);
}

/* Item I has its result: CODE and TEXT. */
static void
carrier_result(struct carriers *c, struct carrier *l, struct carrier_item *i,
    int code, const char *text)
{
	struct job *j = i->job;

	job_result(j, i->target, code, text);
	carrier_full(c->full, i->target);
	i->job = 0;
	l->under_way--;
	l->used = carrier_now();
	c->done(c->data, j);
}

/* L is over: what it had not answered may be tried again. */
static void
carrier_close(struct carriers *c, struct carrier *l)
{
	size_t i;

	close(l->fd);
	l->fd = -1;
	free(l->mailbox);
	l->mailbox = 0;
	for (i = 0; i < CARRY_MAX; i++)
		if (l->item[i].job)
			carrier_result(c, l, &l->item[i], 111, "");
}

/* Sends L the request for place I. 1 or 0. */
static int
carrier_send(struct carriers *c, struct carrier *l, size_t i)
{
	const struct job *j = l->item[i].job;
	char text[CARRY_REQUEST_MAX];
	int fd, n, sent = 0;
	tain deadline;

	n = snprintf(text, sizeof text, "%zu%c%s%c%s%c%s%c%s%c%s", i, 0, j->id,
	    0, j->again ? "again" : "", 0, j->envelope.connid, 0,
	    j->envelope.from, 0, j->envelope.to[l->item[i].target->to].address);
	fd = openat(c->active, j->name, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && n > 0 && (size_t)n < sizeof text &&
	    lseek(fd, (off_t)j->envelope.body, SEEK_SET) >= 0) {
		deadline_in(&deadline, CARRIER_SECONDS);
		sent = peer_send(l->fd, text, (size_t)n + 1, fd, &deadline);
	}
	if (fd >= 0)
		close(fd);
	return sent == 1;
}

int
carrier_add(
    struct carriers *c, struct carrier *l, struct job *j, struct job_target *t)
{
	size_t i;

	for (i = 0; l->item[i].job; i++)
		;
	l->item[i].job = j;
	l->item[i].target = t;
	if (!carrier_send(c, l, i)) {
		l->item[i].job = 0;
		l->last = 1;
		return -1;
	}
	l->under_way++;
	if (++l->carried == CARRIER_MESSAGES)
		l->last = 1;
	return 0;
}

void
carrier_hear(struct carriers *c, size_t at)
{
	struct carrier *l = &c->carrier[at];
	char text[CARRY_ANSWER_MAX];
	const char *field[CARRY_ANSWER];
	tain deadline;
	size_t n, i;

	deadline_in(&deadline, CARRIER_SECONDS);
	if (peer_recv(l->fd, text, sizeof text, &n, 0, &deadline) != 1 ||
	    !peer_split(text, n, field, CARRY_ANSWER) ||
	    (i = strtoul(field[0], 0, 10)) >= CARRY_MAX || !l->item[i].job)
		carrier_close(c, l);
	else
		carrier_result(
		    c, l, &l->item[i], (int)strtoul(field[1], 0, 10), field[2]);
}

static int
carrier_idle(const struct carrier *l)
{
	return l->fd >= 0 && !l->under_way;
}

void
carrier_yield(struct carriers *c)
{
	struct carrier *l, *end = c->carrier + c->max, *oldest = 0;

	for (l = c->carrier; l < end; l++) {
		if (l->busy && l->fd < 0)
			return; /* one is about to end */
		if (carrier_idle(l) && (!oldest || l->used < oldest->used))
			oldest = l;
	}
	if (oldest)
		carrier_close(c, oldest);
}

void
carrier_renew(struct carriers *c)
{
	size_t i;

	for (i = 0; i < c->max; i++)
		c->carrier[i].last = 1;
}

int
carrier_tidy(struct carriers *c)
{
	struct carrier *l, *end = c->carrier + c->max;
	uint64_t now = carrier_now();
	int others = 0;

	for (l = c->carrier; l < end; l++) {
		if (l->fd < 0)
			continue;
		if (now - l->since > CARRIER_AGE)
			l->last = 1;
		if (carrier_idle(l) &&
		    (l->last || now - l->used > CARRIER_IDLE))
			carrier_close(c, l);
		else
			others = 1;
	}
	return others;
}

int
carrier_ended(struct carriers *c, size_t n)
{
	struct carrier *l = &c->carrier[n];

	if (n >= c->max || !l->busy) {
		errno = EPROTO;
		return -1;
	}
	while (l->fd >= 0)
		carrier_hear(c, n); /* what it said last, and the end */
	l->busy = 0;
	return 0;
}
