/* SPDX-License-Identifier: ISC */
/* The event loop of tlsd. */
#include "engine.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "log.h"

enum { ENGINE_BATCH = 64 };

static const uint32_t engine_unwatched = UINT32_MAX;

static int64_t
engine_clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void
engine_init(struct engine *e, const unsigned int seconds[ENGINE_QUEUES])
{
	int i;

	e->dead = 0;
	e->now = engine_clock();
	for (i = 0; i < ENGINE_QUEUES; i++) {
		e->ms[i] = (int64_t)seconds[i] * 1000;
		e->queue[i].next = e->queue[i].prev = &e->queue[i];
	}
	if ((e->epoll = epoll_create1(EPOLL_CLOEXEC)) < 0)
		log_diesys(111, "cannot make an epoll", (char *)0);
}

void
engine_watch_init(struct engine_watch *w, int fd,
    void (*ready)(struct engine_watch *, uint32_t), void *owner)
{
	w->fd = fd;
	w->events = engine_unwatched;
	w->ready = ready;
	w->owner = owner;
}

int
engine_want(struct engine *e, struct engine_watch *w, uint32_t events)
{
	struct epoll_event ev = {.data.ptr = w};
	int op = w->events == engine_unwatched ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;

	if (w->events == events)
		return 0;
	ev.events = events ? events : (uint32_t)EPOLLET;
	if (epoll_ctl(e->epoll, op, w->fd, &ev) < 0)
		return -1;
	w->events = events;
	return 0;
}

int
engine_watched(const struct engine_watch *w)
{
	return w->events != engine_unwatched;
}

void
engine_forget(struct engine *e, struct engine_watch *w)
{
	if (w->fd >= 0 && engine_watched(w))
		epoll_ctl(e->epoll, EPOLL_CTL_DEL, w->fd, 0);
	w->fd = -1;
	w->events = engine_unwatched;
}

void
engine_close(struct engine_watch *w)
{
	if (w->fd >= 0)
		close(w->fd);
	w->fd = -1;
	w->events = engine_unwatched;
}

void
engine_timer_off(struct engine_timer *t)
{
	if (!t->next)
		return;
	t->prev->next = t->next;
	t->next->prev = t->prev;
	t->next = t->prev = 0;
}

void
engine_timer(struct engine *e, struct engine_timer *t, enum engine_queue queue)
{
	struct engine_timer *head = &e->queue[queue];

	engine_timer_off(t);
	t->at = e->now + e->ms[queue];
	t->next = head;
	t->prev = head->prev;
	head->prev->next = t;
	head->prev = t;
}

void
engine_bury(struct engine *e, struct engine_grave *g)
{
	g->next = e->dead;
	e->dead = g;
}

/* How long until the first deadline, in ms; -1 there is none. */
static int
engine_sleep(const struct engine *e)
{
	const struct engine_timer *t;
	int64_t ms = -1, left;
	int i;

	for (i = 0; i < ENGINE_QUEUES; i++) {
		if ((t = e->queue[i].next) == &e->queue[i])
			continue;
		left = t->at > e->now ? t->at - e->now : 0;
		if (ms < 0 || left < ms)
			ms = left;
	}
	return (int)ms;
}

static void
engine_due(struct engine *e)
{
	struct engine_timer *t;
	int i;

	for (i = 0; i < ENGINE_QUEUES; i++)
		while (
		    (t = e->queue[i].next) != &e->queue[i] && t->at <= e->now) {
			engine_timer_off(t);
			t->due(t);
		}
}

void
engine_round(struct engine *e)
{
	struct epoll_event ev[ENGINE_BATCH];
	struct engine_watch *w;
	struct engine_grave *g;
	int i, n;

	n = epoll_wait(e->epoll, ev, ENGINE_BATCH, engine_sleep(e));
	if (n < 0 && errno != EINTR)
		log_diesys(111, "cannot wait for events", (char *)0);
	e->now = engine_clock();
	for (i = 0; i < n; i++) {
		w = ev[i].data.ptr;
		if (w->fd >= 0) /* not forgotten in this very round */
			w->ready(w, ev[i].events);
	}
	engine_due(e);
	while ((g = e->dead)) {
		e->dead = g->next;
		free(g);
	}
}
