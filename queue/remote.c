/* SPDX-License-Identifier: ISC */
/* What goes on to other servers. */
#include "queue/remote.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "log.h"

/* How long a server may take until it is ready, in seconds, while others wait
 * for the link: at the first try, and when it has failed before. */
enum { REMOTE_WAIT = 10, REMOTE_WAIT_FAILED = 60 };

static uint64_t
remote_now(void)
{
	return (uint64_t)time(0);
}

static struct dest *
remote_dest(struct remote *r, const struct job *j, const struct job_target *t)
{
	return dest_find(&r->dests, t->address, j->envelope.requiretls ? 1 : 0);
}

unsigned int
remote_busy(struct remote *r, const struct job *j, unsigned int *number)
{
	unsigned int least = 0, s;
	struct dest *d;
	size_t i;

	for (i = 0; i < j->target_n; i++) {
		if (j->target[i].outcome != JOB_OPEN)
			continue;
		if (j->target[i].kind != JOB_REMOTE ||
		    !(d = remote_dest(r, j, &j->target[i])) ||
		    !(s = dest_busy(d, remote_now())))
			return 0;
		if (!least || s < least) {
			least = s;
			*number = d->number;
		}
	}
	return least;
}

unsigned int
remote_reached(struct remote *r)
{
	return dest_reached(&r->dests);
}

int
remote_add(struct remote *r, struct job *j, struct job_target *t)
{
	struct dest *d = remote_dest(r, j, t);
	char text[DEST_REASON + 2];
	int added = -1;

	if (d && d->until > remote_now()) {
		snprintf(text, sizeof text, "%s\n", d->reason);
		job_result(j, t, 111, text);
		return 0;
	}
	if (d)
		added = backlog_add(&d->backlog, j, t);
	if (added < 0) {
		job_result(j, t, 111, "4.3.0 no memory now\n");
		return 0;
	}
	want_add(&r->want, d);
	return 1;
}

/* ITEM is over: every target that is not among those TOLD (may be null) gets a
 * temporary result with TEXT. Frees ITEM. */
static void
remote_drop(struct remote *r, struct backlog_item *item, const char *told,
    const char *text)
{
	size_t i;

	for (i = 0; i < item->n; i++) {
		if (!told || !told[i])
			job_result(item->job, item->target[i], 111, text);
		r->done(r->data, item->job); /* the last one may free it */
	}
	free(item);
}

/* L is over: what it had not answered may be tried again. */
static void
remote_close(struct remote *r, struct remote_link *l)
{
	struct backlog_item *item = l->link.item;

	close(l->link.fd);
	l->link.fd = -1;
	l->link.item = 0;
	l->dest->links--;
	if (item)
		remote_drop(r, item, l->link.told,
		    "4.4.2 the connection ended without an answer\n");
	want_add(&r->want, l->dest);
}

/* Asks L for the next item, or ends it if there is none. */
static void
remote_next(struct remote *r, struct remote_link *l)
{
	struct backlog_item *item;
	int asked = 0;

	while (asked == 0 && (item = backlog_take(&l->dest->backlog))) {
		asked = link_ask(&l->link, r->active, item);
		if (asked != 1)
			remote_drop(
			    r, item, 0, "4.3.0 the delivery could not start\n");
	}
	if (asked != 1)
		remote_close(r, l);
}

/* No server of D can be reached, with TEXT as the reason: what waits for it
 * waits longer. */
static void
remote_failed(struct remote *r, struct dest *d, const char *text)
{
	char line[DEST_REASON + 2];
	struct backlog_item *item;

	dest_failed(&r->dests, d, text, remote_now());
	snprintf(line, sizeof line, "%s\n", d->reason);
	while ((item = backlog_take(&d->backlog)))
		remote_drop(r, item, 0, line);
}

/* The same, with the reason that T has, unless that is for good: then each
 * message gets an answer of its own. */
static void
remote_unreachable(struct remote *r, struct dest *d, const struct job_target *t)
{
	char text[DEST_REASON];

	snprintf(text, sizeof text, "%.15s %.480s",
	    t->text ? t->report.status : "4.4.1",
	    t->text ? t->report.reason : "no connection");
	if (text[0] != '5')
		remote_failed(r, d, text);
}

/* The request of L is over, as it SAID. */
static void
remote_end(struct remote *r, struct remote_link *l, enum link_said said)
{
	struct backlog_item *item = l->link.item;

	l->link.item = 0;
	if (said == LINK_UNREACHABLE)
		remote_unreachable(r, l->dest, item->target[0]);
	else
		dest_worked(&r->dests, l->dest);
	remote_drop(r, item, l->link.told, "4.3.0 no answer came\n");
	if (said != LINK_UNREACHABLE)
		want_add(&r->want, l->dest);
	if (said == LINK_MORE)
		remote_next(r, l);
	else
		remote_close(r, l);
}

void
remote_hear(struct remote *r, size_t n)
{
	struct remote_link *l = &r->link[n];
	enum link_said said = link_hear(&l->link);

	switch (said) {
	case LINK_RESULT:
		break;
	case LINK_READY:
		remote_next(r, l);
		break;
	case LINK_BROKEN:
		if (!l->link.begun) /* so would the next one */
			remote_failed(r, l->dest,
			    "4.3.5 what sends mail ended before it began: the "
			    "log of queued has why");
		remote_close(r, l);
		break;
	default:
		remote_end(r, l, said);
	}
}

/* Starts a link to D in slot N. 0, or -1. */
static int
remote_open(struct remote *r, struct dest *d, size_t n)
{
	struct remote_link *l = &r->link[n];
	int peer;

	if (link_open(&l->link, &peer) < 0)
		return -1;
	r->start(r->data, n, d->domain, d->strict, peer);
	close(peer);
	l->busy = 1;
	l->class = want_class(d);
	l->since = remote_now();
	l->dest = d;
	r->want.busy[l->class]++;
	d->links++;
	return 0;
}

/* Others wait: ends links whose servers were given their time. */
static void
remote_hurry(struct remote *r)
{
	uint64_t now = remote_now(), wait;
	struct remote_link *l;
	char text[128];
	size_t i;

	for (i = 0; i < r->want.max; i++) {
		l = &r->link[i];
		wait =
		    l->class == WANT_FAILED ? REMOTE_WAIT_FAILED : REMOTE_WAIT;
		if (l->link.fd < 0 || l->link.begun || now - l->since < wait)
			continue;
		snprintf(text, sizeof text,
		    "4.4.1 no server was ready within %llu seconds",
		    (unsigned long long)wait);
		log_event(
		    "link-given-up", "domain", l->dest->domain, (char *)0);
		r->stop(r->data, i);
		remote_failed(r, l->dest, text);
		remote_close(r, l);
	}
}

int
remote_work(struct remote *r)
{
	struct dest *d;
	size_t n = 0;

	for (;;) {
		while (n < r->want.max && r->link[n].busy)
			n++;
		if (n == r->want.max || !(d = want_next(&r->want)))
			break;
		if (d->backlog.n && remote_open(r, d, n) < 0) {
			log_event("link-failed", "domain", d->domain, "reason",
			    strerror(errno), (char *)0);
			want_add(&r->want, d);
			return 1;
		}
		want_add(&r->want, d);
	}
	if (!want_presses(&r->want))
		return 0;
	remote_hurry(r);
	return 1;
}

int
remote_ended(struct remote *r, size_t n)
{
	struct remote_link *l = &r->link[n];

	if (n >= r->want.max || !l->busy) {
		errno = EPROTO;
		return -1;
	}
	while (l->link.fd >= 0)
		remote_hear(r, n); /* what it said last, and the end */
	l->busy = 0;
	r->want.busy[l->class]--;
	return 0;
}

void
remote_tidy(struct remote *r)
{
	dest_tidy(&r->dests, remote_now());
}

void
remote_retry(struct remote *r, const char *domain)
{
	dest_retry(&r->dests, domain);
}
