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
#include "log.h"
#include "peer.h"
#include "queue/backoff.h"
#include "queue/finish.h"
#include "queue/intake.h"
#include "queue/order.h"
#include "queue/schedule.h"
#include "queue/slots.h"

enum { MANAGER_TIDY = 3600, MANAGER_PAUSE = 60 };
enum { MANAGER_LOADED = 4000 }; /* messages in memory */

struct manager {
	const struct manager_config *c;
	struct schedule schedule;
	struct local local;
	int local_is_open, local_is_sure; /* sure: for this turn of the loop */
	int orders, finished; /* an order waits; a message has ended its try */
	size_t loaded;        /* jobs */
	struct job *current;  /* has targets that are not started */
	struct slots slots;
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

/* The rules as they are now: looked at once for each turn of the loop. What the
 * carriers were started with may be older. 0 or -1. */
static int
manager_rules(struct manager *m)
{
	if (m->local_is_sure)
		return 0;
	if (m->local_is_open && !local_current(&m->local, m->c->cdb)) {
		local_close(&m->local);
		m->local_is_open = 0;
		carrier_renew(&m->slots.carriers);
	}
	if (!m->local_is_open && local_open(&m->local, m->c->cdb) < 0) {
		log_event("rules-unreadable", "folder", m->c->cdb, "reason",
		    strerror(errno), (char *)0);
		return -1;
	}
	m->local_is_open = m->local_is_sure = 1;
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

/* One target of J has its result: a slots_done. */
static void
manager_settle(void *data, struct job *j)
{
	struct manager *m = data;

	if (--j->running == 0 && m->current != j)
		manager_done(m, j);
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
			    (unsigned int)remote_add(&m->slots.remote, j, t);
		else if (!slots_local(&m->slots, j, t)) {
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
	unsigned int number = 0, seconds;

	seconds = slots_filtering(&m->slots, j)
	    ? 1
	    : remote_busy(&m->slots.remote, j, &number);
	if (!seconds)
		return 0;
	if (schedule_add_for(&m->schedule, j->name, manager_now() + seconds,
		j->again, number) < 0)
		log_die(111, "no memory for the queue", (char *)0);
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
		r = job_load(j, &m->c->dirs, &m->local, w->name, w->again,
		    m->c->finish.filter);
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

/* Puts J, which a policy wants held, aside from the start. 1; 0 it is not held;
 * -1 that cannot be noted. */
static int
manager_hold(struct manager *m, struct job *j)
{
	if (!j->envelope.hold || j->known)
		return 0;
	j->state.held = j->state.next = manager_now();
	if (state_write(m->c->dirs.state, j->name, &j->state) < 0)
		return -1;
	log_event("held", "connid", j->envelope.connid, "id", j->id, "reason",
	    "a policy said HOLD", (char *)0);
	return 1;
}

/* J is not to be tried now, but DUE. */
static void
manager_leave(struct manager *m, struct job *j, uint64_t due)
{
	manager_add(m, j->name, due, 1);
	job_free(j);
	free(j);
	m->loaded--;
}

/* Starts J, or leaves it for later. */
static void
manager_take(struct manager *m, struct job *j)
{
	int r = manager_hold(m, j);

	if (r < 0)
		log_event("queue-trouble", "id", j->id, "reason",
		    strerror(errno), (char *)0);
	if (r)
		manager_leave(m, j,
		    r > 0 ? SCHEDULE_NEVER : manager_now() + MANAGER_PAUSE);
	else if (!manager_postpone(m, j))
		manager_start(m, j);
}

/* Starts what is due. Returns the seconds until something else is. */
static int
manager_work(struct manager *m)
{
	const struct waiting *w;
	struct job *j;
	uint64_t now = manager_now();
	unsigned int number;
	int wait = MANAGER_TIDY;

	while ((number = remote_reached(&m->slots.remote)))
		schedule_hurry(&m->schedule, number, now, DEST_SPREAD);
	if (m->current)
		manager_start(m, m->current);
	while (!m->current && m->loaded < MANAGER_LOADED &&
	    (w = schedule_first(&m->schedule))) {
		if (w->due > now) {
			if (w->due - now < MANAGER_TIDY)
				wait = (int)(w->due - now);
			break;
		}
		if (manager_rules(m) < 0) {
			wait = MANAGER_PAUSE;
			break;
		}
		if ((j = manager_load(m)))
			manager_take(m, j);
	}
	if (remote_work(&m->slots.remote))
		wait = 1;
	m->local_is_sure = 0;
	return wait;
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
		if (o.verb == ORDER_RETRY)
			remote_retry(&m->slots.remote, o.text);
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
	static struct pollfd p[2 + SLOTS_MAX];
	uint64_t tidied = manager_now();
	int wait, r = 1;
	size_t slots;

	m.c = c;
	slots_init(&m.slots, c, manager_settle, &m);
	p[0].fd = c->peer;
	p[1].fd = intake_watch(&c->dirs);
	p[0].events = p[1].events = POLLIN;
	backoff_load(c->dirs.state, &m.slots.remote.dests, tidied);
	intake_active(&c->dirs, manager_found, &m);
	intake_scan(&c->dirs, manager_found, &m);
	intake_orders(&c->dirs, manager_order, &m);
	if (c->ready >= 0 && (write(c->ready, "\n", 1) < 0 || close(c->ready)))
		log_diesys(111, "cannot tell that it is ready", (char *)0);
	while (r > 0) {
		wait = manager_work(&m);
		if (carrier_tidy(&m.slots.carriers) && wait > 1)
			wait = 1;
		if (backoff_keep(
			c->dirs.state, &m.slots.remote.dests, manager_now()) &&
		    wait > 1)
			wait = 1;
		slots = slots_poll(&m.slots, p + 2);
		if (poll(p, 2 + slots, wait * 1000) < 0)
			continue;
		slots_read(&m.slots, p + 2);
		if (p[0].revents)
			r = slots_answer(&m.slots);
		if (p[1].revents)
			intake_read(p[1].fd, &c->dirs, manager_found,
			    manager_order, &m);
		if (m.orders && m.finished)
			manager_orders(&m);
		if (manager_now() - tidied >= MANAGER_TIDY) {
			intake_tidy(&c->dirs);
			remote_tidy(&m.slots.remote);
			intake_scan(&c->dirs, manager_found, &m);
			tidied = manager_now();
		}
	}
	if (r < 0)
		log_event("manager-ends", "reason", strerror(errno), (char *)0);
	return 111;
}
