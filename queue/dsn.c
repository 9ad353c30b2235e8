/* SPDX-License-Identifier: ISC */
/* The text of a delivery status notification. */
#include "queue/dsn.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "date.h"

enum { DSN_LINE = 2048, DSN_VALUE = 900, DSN_BUFFER = 16384, DSN_MARK = 40 };

struct dsn_work {
	const struct dsn *d;
	struct queue_out *q;
	int full; /* the message is returned, not its header alone */
	enum dsn_action worst;
	char mark[DSN_MARK]; /* the boundary */
	int failed;
};

/* One line, and its end. */
static void dsn_put(struct dsn_work *w, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
dsn_put(struct dsn_work *w, const char *fmt, ...)
{
	char line[DSN_LINE];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof line - 1, fmt, ap);
	va_end(ap);
	if (n >= (int)sizeof line - 1)
		n = (int)sizeof line - 2;
	if (n < 0 || w->failed)
		return;
	line[n] = '\n';
	w->failed = queue_write(w->q, line, (size_t)n + 1) < 0;
}

/* S for a line of the notice, in BUF (DSN_VALUE bytes): cut, and without what a
 * header of this notice cannot hold. */
static const char *
dsn_value(const struct dsn_work *w, const char *s, char *buf)
{
	size_t n;

	for (n = 0; n < DSN_VALUE - 1 && s[n]; n++)
		buf[n] = (unsigned char)s[n] < ' ' || s[n] == 127 ||
			(!w->d->utf8 && (unsigned char)s[n] > 127)
		    ? '?'
		    : s[n];
	buf[n] = 0;
	return buf;
}

/* How many bytes of the message are returned, into *N. 0, or -1. */
static int
dsn_returned(const struct dsn *d, int full, off_t *n)
{
	char buf[DSN_BUFFER], last = '\n';
	struct stat st;
	ssize_t r, i;

	if (fstat(d->fd, &st) < 0)
		return -1;
	*n = st.st_size - d->body;
	if (full)
		return 0;
	if (*n > DSN_HEADER_MAX)
		*n = DSN_HEADER_MAX;
	for (off_t at = 0; at < *n; at += r) {
		if ((r = pread(d->fd, buf, sizeof buf, d->body + at)) <= 0)
			return r < 0 ? -1 : 0;
		for (i = 0; i < r; last = buf[i++])
			if (buf[i] == '\n' && last == '\n') {
				if (at + i < *n)
					*n = at + i;
				return 0;
			}
	}
	return 0;
}

static int
dsn_is_full(const struct dsn *d)
{
	struct stat st;

	return d->full && fstat(d->fd, &st) == 0 &&
	    st.st_size - d->body <= DSN_FULL_MAX;
}

int
dsn_is_8bit(const struct dsn *d)
{
	char buf[DSN_BUFFER];
	off_t n, at;
	ssize_t r, i;

	if (dsn_returned(d, dsn_is_full(d), &n) < 0)
		return -1;
	for (at = 0; at < n; at += r) {
		if ((r = pread(d->fd, buf, sizeof buf, d->body + at)) <= 0)
			return (int)r;
		for (i = 0; i < r && at + i < n; i++)
			if ((unsigned char)buf[i] > 127)
				return 1;
	}
	return 0;
}

static void
dsn_header(struct dsn_work *w)
{
	static const char *const subject[DSN_ACTIONS] = {
	    [DSN_DELIVERED] = "Your message has been delivered",
	    [DSN_RELAYED] = "Your message has been passed on",
	    [DSN_EXPANDED] = "Your message has been delivered",
	    [DSN_DELAYED] = "Your message has not been delivered yet",
	    [DSN_FAILED] = "Your message could not be delivered"};
	char date[DATE_SIZE], v[DSN_VALUE];

	dsn_put(w, "Date: %s", date_mail(date, time(0)));
	dsn_put(w, "From: Mail Delivery System <MAILER-DAEMON@%s>", w->d->host);
	dsn_put(w, "To: <%s>", dsn_value(w, w->d->rcpt, v));
	dsn_put(w, "Subject: %s",
	    *w->d->sender
		? subject[w->worst]
		: "A message without a sender could not be delivered");
	dsn_put(w, "Message-ID: <%s@%s>", queue_id(w->q), w->d->host);
	dsn_put(w, "Auto-Submitted: auto-replied");
	dsn_put(w, "MIME-Version: 1.0");
	dsn_put(w,
	    "Content-Type: multipart/report; report-type=%s;\n"
	    "\tboundary=\"%s\"",
	    w->d->utf8 ? "global-delivery-status" : "delivery-status", w->mark);
}

static void
dsn_part(struct dsn_work *w, const char *type, int is_8bit)
{
	dsn_put(w, "\n--%s\nContent-Type: %s", w->mark, type);
	if (is_8bit)
		dsn_put(w, "Content-Transfer-Encoding: 8bit");
	dsn_put(w, "%s", "");
}

static void
dsn_words_of(struct dsn_work *w, enum dsn_action action)
{
	static const char *const said[DSN_ACTIONS] = {
	    [DSN_DELIVERED] = "has been delivered to:",
	    [DSN_RELAYED] = "has been taken, by a server that will not tell "
			    "more, for:",
	    [DSN_EXPANDED] = "has been delivered or passed on to all that is "
			     "behind:",
	    [DSN_DELAYED] = "has not been delivered yet to:",
	    [DSN_FAILED] = "could not be delivered to:"};
	const struct dsn_entry *e = w->d->entry;
	char v[DSN_VALUE], date[DATE_SIZE];
	size_t i, n = 0;

	for (i = 0; i < w->d->n; i++, e++) {
		if (e->action != action)
			continue;
		if (!n++)
			dsn_put(w, "The message %s\n", said[action]);
		dsn_put(w, "  <%s>", dsn_value(w, e->to, v));
		if (action >= DSN_DELAYED)
			dsn_put(w, "    %s (%s)",
			    dsn_value(w, e->report.reason, v),
			    e->report.status);
		if (action == DSN_FAILED && e->report.status[0] == '4')
			dsn_put(w,
			    "    It was tried for as long as this "
			    "server keeps a message.");
		if (e->report.remote && e->report.reply) {
			dsn_put(w, "    %s answered:",
			    dsn_value(w, e->report.remote, v));
			dsn_put(w, "    %s", dsn_value(w, e->report.reply, v));
		}
	}
	if (n && action == DSN_DELAYED)
		dsn_put(w,
		    "\nYou need not do anything: it is tried again until\n%s.",
		    date_mail(date, (time_t)w->d->until));
	if (n && action == DSN_FAILED)
		dsn_put(w, "\nIt will not be tried again.");
	if (n)
		dsn_put(w, "%s", "");
}

static void
dsn_words(struct dsn_work *w)
{
	char date[DATE_SIZE], v[DSN_VALUE];

	dsn_part(w,
	    w->d->utf8 ? "text/plain; charset=utf-8"
		       : "text/plain; charset=us-ascii",
	    w->d->utf8);
	dsn_put(w, "This is the mail server %s.\n", w->d->host);
	dsn_words_of(w, DSN_FAILED);
	dsn_words_of(w, DSN_DELAYED);
	dsn_words_of(w, DSN_EXPANDED);
	dsn_words_of(w, DSN_RELAYED);
	dsn_words_of(w, DSN_DELIVERED);
	if (*w->d->sender)
		dsn_put(w, "It came from <%s> at\n%s.",
		    dsn_value(w, w->d->sender, v),
		    date_mail(date, (time_t)w->d->arrived));
	else
		dsn_put(w,
		    "It has no sender it could be returned to, as a notice "
		    "like this one has\nnone. It came at %s.",
		    date_mail(date, (time_t)w->d->arrived));
	dsn_put(w, "Here it was number %s.", w->d->id);
	dsn_put(w, w->full ? "All of it is below." : "Its header is below.");
}

static void
dsn_recipient(struct dsn_work *w, const struct dsn_entry *e)
{
	static const char *const action[DSN_ACTIONS] = {
	    "delivered", "relayed", "expanded", "delayed", "failed"};
	char v[DSN_VALUE], date[DATE_SIZE];
	const char *type = "rfc822";

	for (const char *s = e->to; w->d->utf8 && *s; s++)
		if ((unsigned char)*s > 127)
			type = "utf-8";
	dsn_put(w, "%s", "");
	if (e->orcpt)
		dsn_put(w, "Original-Recipient: %s", dsn_value(w, e->orcpt, v));
	dsn_put(w, "Final-Recipient: %s;%s", type, dsn_value(w, e->to, v));
	dsn_put(
	    w, "Action: %s\nStatus: %s", action[e->action], e->report.status);
	if (e->report.remote)
		dsn_put(
		    w, "Remote-MTA: dns;%s", dsn_value(w, e->report.remote, v));
	if (e->report.reply)
		dsn_put(w, "Diagnostic-Code: smtp;%s",
		    dsn_value(w, e->report.reply, v));
	else if (e->action >= DSN_DELAYED)
		dsn_put(w, "Diagnostic-Code: x-postern;%s",
		    dsn_value(w, e->report.reason, v));
	if (e->action == DSN_DELAYED)
		dsn_put(w, "Will-Retry-Until: %s",
		    date_mail(date, (time_t)w->d->until));
}

static void
dsn_status(struct dsn_work *w)
{
	char date[DATE_SIZE], v[DSN_VALUE];
	size_t i;

	dsn_part(w,
	    w->d->utf8 ? "message/global-delivery-status"
		       : "message/delivery-status",
	    w->d->utf8);
	if (w->d->envid)
		dsn_put(w, "Original-Envelope-Id: %s",
		    dsn_value(w, w->d->envid, v));
	dsn_put(w, "Reporting-MTA: dns;%s", w->d->host);
	dsn_put(w, "Arrival-Date: %s", date_mail(date, (time_t)w->d->arrived));
	for (i = 0; i < w->d->n; i++)
		dsn_recipient(w, &w->d->entry[i]);
}

/* The message, or its header. */
static void
dsn_message(struct dsn_work *w, int is_8bit)
{
	static const char *const type[2][2] = {
	    {"text/rfc822-headers", "message/rfc822"},
	    {"message/global-headers", "message/global"}};
	char buf[DSN_BUFFER];
	off_t n, at;
	ssize_t r;

	dsn_part(w, type[w->d->utf8][w->full], is_8bit);
	if (dsn_returned(w->d, w->full, &n) < 0)
		w->failed = 1;
	for (at = 0; at < n && !w->failed; at += r) {
		r = pread(w->d->fd, buf, sizeof buf, w->d->body + at);
		if (r > n - at)
			r = n - at;
		if (r <= 0 || queue_write(w->q, buf, (size_t)r) < 0)
			w->failed = 1;
	}
	dsn_put(w, "\n--%s--", w->mark);
}

int
dsn_write(const struct dsn *d, struct queue_out *q, int is_8bit)
{
	struct dsn_work w = {.d = d, .q = q, .full = dsn_is_full(d)};
	uint64_t r;
	size_t i;

	if (getrandom(&r, sizeof r, 0) != (ssize_t)sizeof r)
		return -1;
	snprintf(
	    w.mark, sizeof w.mark, "postern_%016llx", (unsigned long long)r);
	for (i = 0; i < d->n; i++)
		if (d->entry[i].action > w.worst)
			w.worst = d->entry[i].action;
	errno = 0;
	dsn_header(&w);
	dsn_words(&w);
	dsn_status(&w);
	dsn_message(&w, is_8bit);
	if (w.failed && !errno)
		errno = EIO;
	return w.failed ? -1 : 0;
}
