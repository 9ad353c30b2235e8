/* SPDX-License-Identifier: ISC */
/* A message on its way from the client into the queue. */
#include "smtp/message.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "deadline.h"
#include "log.h"
#include "smtp/decide.h"
#include "smtp/owner.h"
#include "smtp/replies.h"
#include "smtp/session.h"
#include "smtp/trace.h"

/* The rest of it is only counted. */
static void
smtp_message_stop(struct smtp_message *m)
{
	if (m->out)
		queue_abort(m->out);
	else if (m->filter)
		smtp_filter_abort(m->filter);
	m->out = 0;
	m->filter = 0;
	m->wanted = 0;
}

void
smtp_message_drop(struct smtp_message *m)
{
	if (m->open)
		smtp_message_stop(m);
	m->open = 0;
}

static int
smtp_message_write(void *data, const char *p, size_t n)
{
	struct smtp_message *m = data;

	int r = m->filter ? smtp_filter_write(m->filter, p, n)
			  : queue_write(m->out, p, n);

	if (r == 0)
		return 0;
	m->error = errno;
	if (m->filter && m->error == EPIPE)
		m->wanted = 0; /* its exit code will tell why */
	else
		smtp_message_stop(m);
	return -1;
}

/* N bytes of a binary message, which is one of lines by now. */
static int
smtp_message_lines(void *data, const char *p, size_t n)
{
	struct smtp_message *m = data;

	m->last = p[n - 1];
	return m->wanted ? smtp_header_put(&m->header, p, n) : -1;
}

/* The reply to a queue that failed with E. */
static const char *
smtp_message_failed(int e)
{
	log_event("queue-failed", "why", strerror(e), (char *)0);
	return e == ENOSPC || e == EDQUOT ? SMTP_DISK_FULL : SMTP_QUEUE_FAILED;
}

/* What the message may lack (RFC 6409, 8). */
static void
smtp_message_mend(struct smtp_session *s, struct smtp_message *m, time_t now)
{
	const char *from = *s->t.from ? s->t.from : smtp_user(s);
	char date[DATE_SIZE];

	snprintf(m->date, sizeof m->date, "Date: %s\n", date_mail(date, now));
	snprintf(m->message_id, sizeof m->message_id, "Message-ID: <%s@%s>\n",
	    m->id, s->host);
	snprintf(m->from, sizeof m->from, "From: %s\n", from);
	smtp_header_mend(&m->header, m->date, m->message_id,
	    address_valid(from, strlen(from), 1) ? m->from : 0);
}

/* Writes the header fields that are ours. */
static int
smtp_message_begin(struct smtp_session *s, struct smtp_message *m)
{
	char received[SMTP_TRACE_MAX];
	time_t now = time(0);
	size_t n = smtp_trace_received(s, m->id, now, received);

	smtp_header_init(&m->header, smtp_message_write, m);
	if (s->submission)
		smtp_message_mend(s, m, now);
	if (smtp_message_write(m, received, n) < 0)
		return -1;
	return smtp_message_write(m, s->t.prepend, s->t.prepend_n);
}

/* Begins a file of the queue, with the envelope. 0, or -1 with errno. */
static int
smtp_message_queue(struct smtp_session *s, struct smtp_message *m)
{
	m->out = queue_start(s->incoming, getenv("CONNID"), s->t.from);
	if (!m->out)
		return -1;
	snprintf(m->id, sizeof m->id, "%s", queue_id(m->out));
	return smtp_transaction_write(&s->t, m->out);
}

/* Begins a run of the filter, which gets the envelope at the end. */
static int
smtp_message_filter(struct smtp_session *s, struct smtp_message *m)
{
	const char *connid = getenv("CONNID");

	if (smtp_filter_open(&s->filter, &s->t, smtp_user(s)) < 0)
		return -1;
	m->filter = &s->filter;
	snprintf(m->id, sizeof m->id, "%.64s.%u", connid ? connid : "0",
	    s->transactions);
	return 0;
}

const char *
smtp_message_open(struct smtp_session *s, enum unstuff_form form)
{
	struct smtp_message *m = &s->message;
	int r;

	smtp_transaction_settle(&s->t);
	m->open = m->wanted = 1;
	m->error = 0;
	m->out = 0;
	m->filter = 0;
	deadline_in(&m->end, SMTP_DATA_SECONDS);
	unstuff_init(&m->text, form);
	if (s->t.binary)
		mime_init(&m->mime, MIME_BINARY, 0, 0, smtp_message_lines, m);
	m->last = '\n';
	r = s->filtered ? smtp_message_filter(s, m) : smtp_message_queue(s, m);
	if (r < 0)
		m->error = errno;
	else if (smtp_message_begin(s, m) == 0 || m->filter)
		return 0;
	smtp_message_drop(m);
	return smtp_message_failed(m->error);
}

/* What is wrong with the text so far: as in text.bad. */
static unsigned int
smtp_message_bad(const struct smtp_session *s)
{
	const struct smtp_message *m = &s->message;

	if (s->t.binary) /* without which nothing touches m->mime */
		return (m->mime.bad & MIME_BARE ? UNSTUFF_BARECR : 0) |
		    (m->mime.bad & MIME_NUL ? UNSTUFF_NUL : 0);
	return s->fix ? m->text.bad & UNSTUFF_NUL : m->text.bad;
}

const char *
smtp_message_fault(const struct smtp_session *s)
{
	const struct smtp_message *m = &s->message;
	unsigned int bad = smtp_message_bad(s);

	if (bad & (UNSTUFF_BARECR | UNSTUFF_BARELF))
		return SMTP_DATA_BARE;
	if (bad & UNSTUFF_NUL)
		return SMTP_DATA_NUL;
	if (s->t.binary && m->mime.fault)
		return SMTP_NO_ENCODING;
	if (m->text.size > s->size_max)
		return SMTP_TOO_BIG;
	if (m->header.received > SMTP_HOPS_MAX)
		return SMTP_LOOP;
	return 0;
}

/* Hands on N bytes of the text, if they are still wanted. */
static void
smtp_message_put(struct smtp_session *s, const char *p, size_t n)
{
	if (!s->message.wanted)
		return;
	if (smtp_message_fault(s))
		smtp_message_stop(&s->message);
	else
		smtp_header_put(&s->message.header, p, n);
}

/* N bytes from the client that may be binary. */
static void
smtp_message_binary(struct smtp_session *s, const char *p, size_t n)
{
	struct smtp_message *m = &s->message;

	m->text.size += n;
	if (m->wanted)
		mime_put(&m->mime, p, n);
	if (m->wanted && smtp_message_fault(s))
		smtp_message_stop(m);
}

/* Bytes from the client that are lines. How many of the N at P. */
static size_t
smtp_message_text(struct smtp_session *s, char *p, size_t n)
{
	size_t len;

	/* p - 1 is the byte before the input buffer, or one that was taken */
	n = unstuff_feed(&s->message.text, p, n, p - 1, &len);
	smtp_message_put(s, p - 1, len);
	return n;
}

size_t
smtp_message_more(struct smtp_session *s, size_t max)
{
	struct smtp_message *m = &s->message;
	size_t n;
	char *p;

	if (!smtp_bytes(s, &p, &n, &m->end))
		return 0;
	if (n > max)
		n = max;
	if (s->t.binary)
		smtp_message_binary(s, p, n);
	else
		n = smtp_message_text(s, p, n);
	line_take(&s->in, n);
	/* a client that goes on for ever is not waiting for a reason */
	if (m->text.size / 4 > s->size_max) {
		smtp_close(s, SMTP_TOO_BIG);
		return 0;
	}
	return n;
}

static void
smtp_message_log(const struct smtp_session *s)
{
	char rcpts[LOG_NUM], size[LOG_NUM];

	log_event(s->t.discard ? "mail-discarded" : "mail-accepted", "id",
	    s->message.id, "ip", getenv("TCPREMOTEIP"), "from", s->t.from, "to",
	    s->t.rcpts == 1 ? s->t.to : 0, "nrcpt", log_u64(rcpts, s->t.rcpts),
	    "size", log_u64(size, s->message.text.size), "tls",
	    getenv("SSL_PROTOCOL"), "user", smtp_user(s), (char *)0);
}

/* Ends the text. Null, or the reply that refuses the message. */
static const char *
smtp_message_complete(struct smtp_session *s)
{
	struct smtp_message *m = &s->message;
	const char *why;
	char last[1];

	if (s->t.binary && m->wanted)
		mime_end(&m->mime);
	if (m->wanted && m->last != '\n')
		smtp_message_put(s, "\n", 1);
	smtp_message_put(s, last, unstuff_end(&m->text, last));
	if (m->wanted)
		smtp_header_end(&m->header);
	if ((why = smtp_message_fault(s)))
		return why;
	return s->submission ? smtp_owner_fault(s) : 0;
}

/* Null if the message is safe in the queue, else the reply. */
static const char *
smtp_message_commit(struct smtp_session *s)
{
	struct smtp_message *m = &s->message;
	struct queue_out *out = m->out;
	struct smtp_filter *filter = m->filter;

	if (s->t.discard && m->wanted)
		return 0;
	m->out = 0; /* these are over in any case */
	m->filter = 0;
	if (filter)
		return smtp_filter_commit(filter, &s->t, m->said);
	if (!out)
		return smtp_message_failed(m->error);
	return queue_commit(out) < 0 ? smtp_message_failed(errno) : 0;
}

/* The message is all there: 1 if it may be queued; 0 not, and that was said. */
static int
smtp_message_judge(struct smtp_session *s)
{
	const char *why = smtp_message_complete(s);

	if (!why)
		return smtp_allowed(s, SMTP_AT_END);
	log_event("mail-refused", "ip", getenv("TCPREMOTEIP"), "from",
	    s->t.from, "user", smtp_user(s), "reply", why, (char *)0);
	smtp_error(s, why);
	return 0;
}

void
smtp_message_close(struct smtp_session *s)
{
	const char *why;

	if (!smtp_message_judge(s)) {
		smtp_reset(s);
		return;
	}
	if ((why = smtp_message_commit(s))) {
		smtp_error(s, why);
	} else {
		reply_line(&s->out, "250 2.0.0 ok, queued as ", s->message.id,
		    (char *)0);
		smtp_message_log(s);
		s->mails++;
		s->errors = s->deferred = s->junk = 0;
	}
	smtp_reset(s);
}
