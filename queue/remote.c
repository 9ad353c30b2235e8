/* SPDX-License-Identifier: ISC */
/* What goes on to other servers. */
#include "queue/remote.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "deadline.h"
#include "log.h"
#include "peer.h"
#include "smtp/sendjob.h"

enum { REMOTE_SECONDS = 5, REMOTE_TEXT = 1500 };

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
	return r->reached_n ? r->reached[--r->reached_n] : 0;
}

/* D has been reached. What waits for it and finds no place in the list comes
 * back by itself. */
static void
remote_worked(struct remote *r, struct dest *d)
{
	if (!d->proven && d->postponed && r->reached_n < REMOTE_LINKS_MAX)
		r->reached[r->reached_n++] = d->number;
	dest_worked(d);
}

/* D gets a place in the line of those who want a link, if it wants one. */
static void
remote_want(struct remote *r, struct dest *d)
{
	struct remote_line *want = &r->want[dest_class(d)];

	if (d->queued || !d->waiting || d->links >= dest_links(d))
		return;
	d->queued = 1;
	d->next = 0;
	if (want->first)
		want->end->next = d;
	else
		want->first = d;
	want->end = d;
}

int
remote_add(struct remote *r, struct job *j, struct job_target *t)
{
	struct dest *d = remote_dest(r, j, t);
	char text[REMOTE_TEXT];
	int added = -1;

	if (d && d->until > remote_now()) {
		snprintf(text, sizeof text, "%s\n", d->reason);
		job_result(j, t, 111, text);
		return 0;
	}
	if (d)
		added = dest_add(d, j, t);
	if (added < 0) {
		job_result(j, t, 111, "4.3.0 no memory now\n");
		return 0;
	}
	remote_want(r, d);
	return 1;
}

/* ITEM is over: every target that is not among those TOLD (may be null) gets a
 * temporary result with TEXT. Frees ITEM. */
static void
remote_drop(struct remote *r, struct dest_item *item, const char *told,
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
	struct dest_item *item = l->item;

	close(l->fd);
	l->fd = -1;
	l->item = 0;
	l->dest->links--;
	if (item)
		remote_drop(r, item, l->told,
		    "4.4.2 the connection ended without an answer\n");
	remote_want(r, l->dest);
}

/* The request for ITEM, in TEXT. Its length, or 0: too long. */
static size_t
remote_request(const struct dest_item *item, char *text)
{
	const char *name = item->job->name;
	size_t i, n, room;
	int w;

	n = strcspn(name, ","); /* without the size: its id */
	memcpy(text, name, n);
	text[n++] = 0;
	for (i = 0; i < item->n; i++) {
		room = SENDJOB_REQUEST - n;
		w = snprintf(text + n, room, "%zu%s%c%s", item->target[i]->to,
		    item->target[i]->many ? "+" : "", 0,
		    item->target[i]->address);
		if (w < 0 || (size_t)w >= room)
			return 0;
		n += (size_t)w + 1;
	}
	return n;
}

/* Sends L the next item, or ends it if there is none. */
static void
remote_next(struct remote *r, struct remote_link *l)
{
	static char text[SENDJOB_REQUEST];
	struct dest_item *item;
	tain deadline;
	size_t n;
	int fd, sent = 0;

	while ((item = dest_take(l->dest))) {
		fd = openat(r->active, item->job->name, O_RDONLY | O_CLOEXEC);
		if (fd >= 0 && (n = remote_request(item, text)) > 0) {
			deadline_in(&deadline, REMOTE_SECONDS);
			sent = peer_send(l->fd, text, n, fd, &deadline) == 1;
		}
		if (fd >= 0)
			close(fd);
		if (sent) {
			l->item = item;
			memset(l->told, 0, sizeof l->told);
			return;
		}
		remote_drop(r, item, 0, "4.3.0 the delivery could not start\n");
		if (fd >= 0)
			break; /* the link is not what it should be */
	}
	remote_close(r, l);
}

/* What the fields say of a target. 0, or -1: that is no answer. */
static int
remote_result(struct remote_link *l, const char *const *field)
{
	size_t i = strtoul(field[0], 0, 10), len = strlen(field[3]);
	int word = sendjob_scan(field[1]);
	const char *reason = field[4], *reply = 0;
	char text[REMOTE_TEXT];

	if (!l->item || i >= l->item->n || l->told[i] || word < 0)
		return -1;
	l->told[i] = 1;
	l->item->target[i]->passed = word == SENDJOB_DELIVERED;
	if (len && strncmp(reason, field[3], len) == 0 &&
	    strncmp(reason + len, " said: ", 7) == 0) {
		reply = reason + len + 7;
		reason = word == SENDJOB_DEFERRED ? "the server says: later"
		    : word == SENDJOB_FAILED      ? "the server refuses it"
						  : "taken by the server";
	}
	snprintf(text, sizeof text, "%s %s\n%s%s%s%s%s%s", field[2], reason,
	    len ? "remote " : "", field[3], len ? "\n" : "",
	    reply ? "reply " : "", reply ? reply : "", reply ? "\n" : "");
	job_result(l->item->job, l->item->target[i],
	    word == SENDJOB_DEFERRED     ? 111
		: word == SENDJOB_FAILED ? 100
					 : 0,
	    text);
	return 0;
}

/* No server of D can be reached, with TEXT as the reason: what waits for it
 * waits longer. */
static void
remote_failed(struct remote *r, struct dest *d, const char *text)
{
	char line[DEST_REASON + 2];
	struct dest_item *item;

	dest_failed(d, text, remote_now());
	snprintf(line, sizeof line, "%s\n", d->reason);
	while ((item = dest_take(d)))
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

/* The last answer to a request. */
static void
remote_end(struct remote *r, struct remote_link *l, const char *word)
{
	struct dest_item *item = l->item;
	int unreachable = strcmp(word, "unreachable") == 0;

	if (!item) {
		remote_close(r, l);
		return;
	}
	l->item = 0;
	if (unreachable)
		remote_unreachable(r, l->dest, item->target[0]);
	else
		remote_worked(r, l->dest);
	remote_drop(r, item, l->told, "4.3.0 no answer came\n");
	if (!unreachable)
		remote_want(r, l->dest);
	if (strcmp(word, "more") == 0)
		remote_next(r, l);
	else
		remote_close(r, l);
}

static void
remote_answer(struct remote *r, struct remote_link *l)
{
	char text[SENDJOB_ANSWER];
	const char *field[SENDJOB_TO];
	size_t n, fields;
	tain deadline;

	deadline_in(&deadline, REMOTE_SECONDS);
	if (peer_recv(l->fd, text, sizeof text, &n, 0, &deadline) != 1) {
		remote_close(r, l);
		return;
	}
	fields = sendjob_split(text, n, field, SENDJOB_TO);
	if (fields == SENDJOB_READY && strcmp(field[0], "ready") == 0 &&
	    !l->begun) {
		l->begun = 1;
		remote_next(r, l);
	} else if (fields == SENDJOB_END && strcmp(field[0], "end") == 0)
		remote_end(r, l, field[1]);
	else if (fields != SENDJOB_TO || remote_result(l, field) < 0)
		remote_close(r, l);
}

/* Starts a link to D in slot N. 0, or -1. */
static int
remote_open(struct remote *r, struct dest *d, size_t n)
{
	struct remote_link *l = &r->link[n];
	int s[2], e;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, s) < 0)
		return -1;
	e = r->start(r->data, n, d->domain, d->strict, s[1]);
	close(s[1]);
	if (e < 0) {
		close(s[0]);
		return -1;
	}
	*l = (struct remote_link){.fd = s[0],
	    .busy = 1,
	    .class = dest_class(d),
	    .since = remote_now(),
	    .dest = d};
	r->busy[l->class]++;
	d->links++;
	return 0;
}

/* 1 if a destination of class C may have one more link: those that may be dead
 * must leave some to those that are not. */
static int
remote_may(const struct remote *r, enum dest_class c)
{
	unsigned int doubtful = r->busy[DEST_NEW] + r->busy[DEST_FAILED];

	if (c == DEST_FAILED && r->busy[DEST_FAILED] >= (r->max + 1) / 2)
		return 0;
	return c == DEST_PROVEN || doubtful < r->max - r->max / 4;
}

/* The destination that is to have the next link, out of its line; or null. */
static struct dest *
remote_first(struct remote *r)
{
	enum dest_class c;
	struct dest *d;

	for (c = 0; c < DEST_CLASSES; c++)
		if ((d = r->want[c].first) && remote_may(r, c)) {
			r->want[c].first = d->next;
			d->queued = 0;
			return d;
		}
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

	for (i = 0; i < r->max; i++) {
		l = &r->link[i];
		wait =
		    l->class == DEST_FAILED ? REMOTE_WAIT_FAILED : REMOTE_WAIT;
		if (!l->busy || l->fd < 0 || l->begun || now - l->since < wait)
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
		while (n < r->max && r->link[n].busy)
			n++;
		if (n == r->max || !(d = remote_first(r)))
			break;
		if (d->waiting && remote_open(r, d, n) < 0) {
			log_event("link-failed", "domain", d->domain, "reason",
			    strerror(errno), (char *)0);
			remote_want(r, d);
			return 1;
		}
		remote_want(r, d);
	}
	if (!r->want[DEST_PROVEN].first && !r->want[DEST_NEW].first)
		return 0;
	remote_hurry(r);
	return 1;
}

size_t
remote_poll(struct remote *r, struct pollfd *p)
{
	size_t i, n = 0;

	for (i = 0; i < r->max; i++)
		if (r->link[i].busy && r->link[i].fd >= 0)
			p[n++] = (struct pollfd){
			    .fd = r->link[i].fd, .events = POLLIN};
	return n;
}

void
remote_read(struct remote *r, const struct pollfd *p, size_t n)
{
	size_t i, k = 0;

	for (i = 0; i < r->max && k < n; i++) {
		if (!r->link[i].busy || r->link[i].fd != p[k].fd)
			continue;
		if (p[k++].revents)
			remote_answer(r, &r->link[i]);
	}
}

int
remote_ended(struct remote *r, size_t n)
{
	struct remote_link *l = &r->link[n];

	if (n >= r->max || !l->busy) {
		errno = EPROTO;
		return -1;
	}
	while (l->fd >= 0)
		remote_answer(r, l); /* what it said last, and the end */
	l->busy = 0;
	r->busy[l->class]--;
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
