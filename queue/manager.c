/* SPDX-License-Identifier: ISC */
/* Reads the queue and has it delivered. */
#include "queue/manager.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "deadline.h"
#include "fullbox.h"
#include "log.h"
#include "peer.h"
#include "queue/finish.h"
#include "queue/intake.h"
#include "queue/order.h"
#include "queue/remote.h"
#include "queue/schedule.h"
#include "queue/spawner.h"

enum { MANAGER_SECONDS = 30, MANAGER_TIDY = 3600, MANAGER_PAUSE = 60 };
enum { MANAGER_LOADED = 4000 }; /* messages in memory */

struct delivery {
	struct job *job; /* null: the slot is free */
	struct job_target *target;
};

struct manager {
	const struct manager_config *c;
	struct schedule schedule;
	struct local local; /* open for one turn of the loop */
	int local_is_open;
	unsigned int running;
	int orders, finished; /* an order waits; a message has ended its try */
	size_t loaded;        /* jobs */
	struct remote remote;
	struct job *current; /* has targets that are not started */
	struct delivery slot[MANAGER_JOBS_MAX];
};

static uint64_t
manager_now(void)
{
	return (uint64_t)time(0);
}

static void
manager_add(struct manager *m, const char *name, uint64_t due, int again)
{
	if (schedule_add(&m->schedule, name, due, again) < 0)
		log_die(111, "no memory for the queue", (char *)0);
}

/* The rules, opened once for each turn of the loop. 0 or -1. */
static int
manager_rules(struct manager *m)
{
	if (!m->local_is_open && local_open(&m->local, m->c->cdb) < 0) {
		log_event("rules-unreadable", "folder", m->c->cdb, "reason",
		    strerror(errno), (char *)0);
		return -1;
	}
	m->local_is_open = 1;
	return 0;
}

static void
manager_done(struct manager *m, struct job *j)
{
	uint64_t next;

	if (finish_job(j, &m->c->dirs, &m->c->finish, &next) < 0) {
		log_event("queue-trouble", "id", j->id, "reason",
		    strerror(errno), (char *)0);
		next = manager_now() + MANAGER_PAUSE;
	}
	if (next)
		manager_add(m, j->name, next, 1);
	job_free(j);
	free(j);
	m->finished = 1;
	m->loaded--;
}

/* One target of J has its result: a remote_done. */
static void
manager_settle(void *data, struct job *j)
{
	struct manager *m = data;

	if (--j->running == 0 && m->current != j)
		manager_done(m, j);
}

/* Sends the spawner one delivery in slot I. 1, or 0: it could not be sent, and
 * its result is noted as temporary. */
static int
manager_send(struct manager *m, struct job *j, struct job_target *t, size_t i)
{
	char text[SPAWNER_REQUEST_MAX], number[LOG_NUM];
	tain deadline;
	int fd, n, sent = 0;

	n = snprintf(text, sizeof text, "%s%c%s%c%s%c%s%c%s%c%s%c%s",
	    log_u64(number, i), 0, j->id, 0, j->again ? "again" : "", 0,
	    j->envelope.connid, 0, j->envelope.from, 0, t->address, 0,
	    j->envelope.to[t->to].address);
	fd = openat(m->c->dirs.active, j->name, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && n > 0 && (size_t)n < sizeof text &&
	    lseek(fd, (off_t)j->envelope.body, SEEK_SET) >= 0) {
		deadline_in(&deadline, MANAGER_SECONDS);
		sent = peer_send(
			   m->c->peer, text, (size_t)n + 1, fd, &deadline) == 1;
		if (!sent)
			log_die(111, "the spawner does not answer", (char *)0);
	}
	if (fd >= 0)
		close(fd);
	if (!sent)
		job_result(j, t, 111, "4.3.0 the delivery could not start\n");
	return sent;
}

/* Asks the spawner for link N: a remote_start. */
static int
manager_link(void *data, size_t n, const char *domain, int strict, int fd)
{
	char text[SPAWNER_REQUEST_MAX], number[LOG_NUM];
	struct manager *m = data;
	tain deadline;
	int len;

	len = snprintf(text, sizeof text, "%s%c-%c%c-%c%s%c%c%s%c",
	    log_u64(number, m->c->jobs + n), 0, 0, 0, 0, strict ? "strict" : "",
	    0, SPAWNER_LINK, domain, 0);
	deadline_in(&deadline, MANAGER_SECONDS);
	if (peer_send(m->c->peer, text, (size_t)len + 1, fd, &deadline) != 1)
		log_die(111, "the spawner does not answer", (char *)0);
	return 0;
}

/* Starts a delivery of J into mailbox or program T. 1, or 0: no slot is free. */
static int
manager_local(struct manager *m, struct job *j, struct job_target *t)
{
	size_t i;

	if (m->running == m->c->jobs)
		return 0;
	for (i = 0; m->slot[i].job; i++)
		;
	if (!manager_send(m, j, t, i))
		return 1;
	m->slot[i].job = j;
	m->slot[i].target = t;
	m->running++;
	j->running++;
	return 1;
}

/* Starts deliveries of J until all are started or no slot is free. */
static void
manager_start(struct manager *m, struct job *j)
{
	struct job_target *t;

	m->current = 0;
	while (!m->current && (t = job_next(j)))
		if (t->kind == JOB_REMOTE)
			j->running +=
			    (unsigned int)remote_add(&m->remote, j, t);
		else if (!manager_local(m, j, t)) {
			j->target_at--;
			m->current = j;
		}
	if (!m->current && !j->running)
		manager_done(m, j);
}

/* Puts J back until its destinations can take it. 1, or 0: they can now. */
static int
manager_postpone(struct manager *m, struct job *j)
{
	unsigned int seconds = remote_busy(&m->remote, j);

	if (!seconds)
		return 0;
	manager_add(m, j->name, manager_now() + seconds, j->again);
	job_free(j);
	free(j);
	m->loaded--;
	return 1;
}

/* Loads the message that is due first. */
static struct job *
manager_load(struct manager *m)
{
	struct waiting *w = schedule_take(&m->schedule);
	struct job *j = malloc(sizeof *j);
	int r = -1;

	if (j)
		r = job_load(j, &m->c->dirs, &m->local, w->name, w->again);
	if (r <= 0) {
		if (r < 0 && errno != ENOENT) {
			log_event("queue-trouble", "name", w->name, "reason",
			    strerror(errno), (char *)0);
			manager_add(m, w->name, manager_now() + MANAGER_PAUSE,
			    w->again);
		}
		if (j)
			job_free(j);
		free(j);
		j = 0;
	}
	m->loaded += j != 0;
	free(w);
	return j;
}

/* Starts what is due. Returns the seconds until something else is. */
static int
manager_work(struct manager *m)
{
	const struct waiting *w;
	struct job *j;
	uint64_t now = manager_now();
	int wait = MANAGER_TIDY;

	if (m->current)
		manager_start(m, m->current);
	while (!m->current && m->running < m->c->jobs &&
	    m->loaded < MANAGER_LOADED && (w = schedule_first(&m->schedule))) {
		if (w->due > now) {
			if (w->due - now < MANAGER_TIDY)
				wait = (int)(w->due - now);
			break;
		}
		if (manager_rules(m) < 0) {
			wait = MANAGER_PAUSE;
			break;
		}
		if ((j = manager_load(m)) && !manager_postpone(m, j))
			manager_start(m, j);
	}
	remote_work(&m->remote);
	if (m->local_is_open)
		local_close(&m->local);
	m->local_is_open = 0;
	return wait;
}

/* Notes that mailbox T is full, or is so no more, for who asks at RCPT. */
static void
manager_full(int dir, const struct job_target *t)
{
	if (dir < 0 || t->kind != JOB_MAILBOX)
		return;
	if (t->outcome == JOB_DONE)
		fullbox_clear(dir, t->address);
	else if (t->outcome == JOB_DEFERRED &&
	    strcmp(t->report.status, "4.2.2") == 0 &&
	    fullbox_note(dir, t->address) < 0)
		log_event("full-unnoted", "to", t->address, "reason",
		    strerror(errno), (char *)0);
}

/* Takes one answer of the spawner. 1; 0 it is gone; -1 failed. */
static int
manager_answer(struct manager *m)
{
	char text[SPAWNER_ANSWER_MAX + 1];
	struct delivery *d;
	struct job *j;
	unsigned long i;
	tain deadline;
	size_t n, len, code;
	int r;

	deadline_in(&deadline, MANAGER_SECONDS);
	r = peer_recv(m->c->peer, text, sizeof text - 1, &n, 0, &deadline);
	if (r <= 0)
		return r;
	text[n] = 0;
	len = strlen(text) + 1;
	i = strtoul(text, 0, 10);
	code = len < n ? strlen(text + len) + 1 : n;
	if (i >= m->c->jobs)
		return remote_ended(&m->remote, i - m->c->jobs) < 0 ? -1 : 1;
	if (len + code >= n || !m->slot[i].job) {
		errno = EPROTO;
		return -1;
	}
	d = &m->slot[i];
	j = d->job;
	job_result(
	    j, d->target, (int)strtoul(text + len, 0, 10), text + len + code);
	manager_full(m->c->dirs.full, d->target);
	d->job = 0;
	m->running--;
	manager_settle(m, j);
	return 1;
}

/* An intake_each: one more message. */
static void
manager_found(void *data, const char *name, uint64_t due, int again)
{
	manager_add(data, name, due, again);
}

/* An intake_order: carries it out; one about a message that is being tried
 * stays until that is over. */
static void
manager_order(void *data, const char *name)
{
	struct manager *m = data;
	const struct queue_dirs *q = &m->c->dirs;
	struct waiting *w = 0;
	struct order o;
	uint64_t due;
	int r = order_read(q->active, name, &o);

	if (r > 0 && (w = schedule_pull(&m->schedule, o.message)) &&
	    manager_rules(m) == 0) {
		due = w->due;
		r = order_do(&o, w, q, &m->c->finish, &m->local, &due);
		if (r < 0)
			log_event("order-failed", "name", o.message, "reason",
			    strerror(errno), (char *)0);
		if (r)
			manager_add(m, w->name, due, 1);
	} else if (w) {
		manager_add(m, w->name, w->due, w->again);
	} else if (r > 0 && faccessat(q->active, o.message, F_OK, 0) == 0) {
		m->orders = 1;
		return;
	}
	free(w);
	unlinkat(q->active, name, 0);
}

/* Looks again at the orders that had to wait. */
static void
manager_orders(struct manager *m)
{
	m->orders = m->finished = 0;
	intake_orders(&m->c->dirs, manager_order, m);
}

int
manager_run(const struct manager_config *c)
{
	static struct manager m;
	static struct pollfd p[2 + REMOTE_LINKS_MAX];
	uint64_t tidied = manager_now();
	int wait, r = 1;
	size_t links;

	m.c = c;
	m.remote.active = c->dirs.active;
	m.remote.max = c->links;
	m.remote.done = manager_settle;
	m.remote.start = manager_link;
	m.remote.data = &m;
	p[0].fd = c->peer;
	p[1].fd = intake_watch(&c->dirs);
	p[0].events = p[1].events = POLLIN;
	intake_active(&c->dirs, manager_found, &m);
	intake_scan(&c->dirs, manager_found, &m);
	intake_orders(&c->dirs, manager_order, &m);
	if (c->ready >= 0 && (write(c->ready, "\n", 1) < 0 || close(c->ready)))
		log_diesys(111, "cannot tell that it is ready", (char *)0);
	while (r > 0) {
		wait = manager_work(&m);
		links = remote_poll(&m.remote, p + 2);
		if (poll(p, 2 + links, wait * 1000) < 0)
			continue;
		remote_read(&m.remote, p + 2, links);
		if (p[0].revents)
			r = manager_answer(&m);
		if (p[1].revents)
			intake_read(p[1].fd, &c->dirs, manager_found,
			    manager_order, &m);
		if (m.orders && m.finished)
			manager_orders(&m);
		if (manager_now() - tidied >= MANAGER_TIDY) {
			intake_tidy(&c->dirs);
			remote_tidy(&m.remote);
			intake_scan(&c->dirs, manager_found, &m);
			tidied = manager_now();
		}
	}
	if (r < 0)
		log_event("manager-ends", "reason", strerror(errno), (char *)0);
	return 111;
}
