/* SPDX-License-Identifier: ISC */
/* DATA: a message on its way from the client into the queue. Whatever is wrong
 * with it, it is read to its end before that is said. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "date.h"
#include "deadline.h"
#include "log.h"
#include "smtp/header.h"
#include "smtp/replies.h"
#include "smtp/trace.h"
#include "smtp/unstuff.h"
#include "smtp/verbs.h"

struct smtp_message {
	struct queue_out *out; /* null once it is clear that it is refused */
	int error;             /* why nothing more could be written, or 0 */
	struct unstuff text;
	struct smtp_header header;
	char date[DATE_SIZE + 16], message_id[QUEUE_NAME_MAX + 300];
	char id[QUEUE_NAME_MAX];
};

/* Nothing of it will be queued; *M goes on as a mere count. */
static void
smtp_message_drop(struct smtp_message *m)
{
	if (m->out)
		queue_abort(m->out);
	m->out = 0;
}

static int
smtp_message_write(void *data, const char *p, size_t n)
{
	struct smtp_message *m = data;

	if (queue_write(m->out, p, n) == 0)
		return 0;
	m->error = errno;
	smtp_message_drop(m);
	return -1;
}

/* The reply to a queue that failed with E. */
static const char *
smtp_message_failed(int e)
{
	log_event("queue-failed", "why", strerror(e), (char *)0);
	return e == ENOSPC || e == EDQUOT ? SMTP_DISK_FULL : SMTP_QUEUE_FAILED;
}

/* Writes the header fields that are ours. */
static int
smtp_message_begin(struct smtp_session *s, struct smtp_message *m)
{
	char received[SMTP_TRACE_MAX], date[DATE_SIZE];
	time_t now = time(0);
	size_t n = smtp_trace_received(s, m->id, now, received);

	snprintf(m->date, sizeof m->date, "Date: %s\n", date_mail(date, now));
	snprintf(m->message_id, sizeof m->message_id, "Message-ID: <%s@%s>\n",
	    m->id, s->host);
	unstuff_init(&m->text);
	smtp_header_init(&m->header, smtp_message_write, m,
	    s->submission ? m->date : 0, s->submission ? m->message_id : 0);
	if (smtp_message_write(m, received, n) < 0)
		return -1;
	return smtp_message_write(m, s->prepend, s->prepend_n);
}

/* Opens a queue file with the envelope in it. 0, or -1 with errno. */
static int
smtp_message_open(struct smtp_session *s, struct smtp_message *m)
{
	const char *to = s->to;
	unsigned int i;

	m->error = 0;
	m->out = queue_start(s->incoming, getenv("CONNID"), s->from);
	if (!m->out)
		return -1;
	snprintf(m->id, sizeof m->id, "%s", queue_id(m->out));
	for (i = 0; i < s->rcpts; i++, to += strlen(to) + 1)
		if (queue_to(m->out, to) < 0) {
			smtp_message_drop(m);
			return -1;
		}
	if (smtp_message_begin(s, m) == 0)
		return 0;
	errno = m->error;
	return -1;
}

/* Why the message is refused as far as it is known, or null. */
static const char *
smtp_message_fault(const struct smtp_session *s, const struct smtp_message *m)
{
	unsigned int bare = UNSTUFF_BARECR | UNSTUFF_BARELF;

	if ((m->text.bad & bare) && !s->fix)
		return SMTP_DATA_BARE;
	if (m->text.bad & UNSTUFF_NUL)
		return SMTP_DATA_NUL;
	if (m->text.size > s->size_max)
		return SMTP_TOO_BIG;
	if (m->header.received > SMTP_HOPS_MAX)
		return SMTP_LOOP;
	return 0;
}

/* Some bytes of the message. 0; -1 the session is over. */
static int
smtp_message_more(
    struct smtp_session *s, struct smtp_message *m, const tain *end)
{
	tain deadline;
	enum line_verdict v;
	size_t n, taken, len;
	char *p;

	deadline_in(&deadline, s->seconds);
	v = line_bytes(
	    &s->in, &p, &n, tain_less(end, &deadline) ? end : &deadline);
	if (v != LINE_OK) {
		s->end = v == LINE_TIMEOUT ? SMTP_TIMEOUT : SMTP_CLOSED;
		if (v == LINE_TIMEOUT)
			smtp_say(s, SMTP_TIMED_OUT);
		return -1;
	}
	/* p - 1 is the byte before the input buffer, or one that was taken */
	taken = unstuff_feed(&m->text, p, n, p - 1, &len);
	if (m->out && smtp_message_fault(s, m))
		smtp_message_drop(m);
	else if (m->out)
		smtp_header_put(&m->header, p - 1, len);
	line_take(&s->in, taken);
	/* a client that goes on for ever is not waiting for a reason */
	if (m->text.size / 4 > s->size_max) {
		smtp_close(s, SMTP_TOO_BIG);
		return -1;
	}
	return 0;
}

static void
smtp_message_log(const struct smtp_session *s, const struct smtp_message *m)
{
	char rcpts[LOG_NUM], size[LOG_NUM];

	log_event("mail-accepted", "id", m->id, "ip", getenv("TCPREMOTEIP"),
	    "from", s->from, "to", s->rcpts == 1 ? s->to : 0, "nrcpt",
	    log_u64(rcpts, s->rcpts), "size", log_u64(size, m->text.size),
	    "tls", getenv("SSL_PROTOCOL"), "user", smtp_user(s), (char *)0);
}

/* The message is complete: the reply that becomes of it, or null if it is
 * safe in the queue. */
static const char *
smtp_message_close(struct smtp_session *s, struct smtp_message *m)
{
	const char *why;

	if (m->out)
		smtp_header_end(&m->header);
	if ((why = smtp_message_fault(s, m))) {
		smtp_message_drop(m);
		log_event("mail-refused", "ip", getenv("TCPREMOTEIP"), "from",
		    s->from, "user", smtp_user(s), "reply", why, (char *)0);
		return why;
	}
	if (!m->out)
		return smtp_message_failed(m->error);
	return queue_commit(m->out) < 0 ? smtp_message_failed(errno) : 0;
}

void
smtp_verb_data(struct smtp_session *s, char *arg)
{
	struct smtp_message m;
	const char *why;
	tain end;

	(void)arg;
	if (!s->rcpts) {
		smtp_error(s, SMTP_NO_RCPT);
		return;
	}
	if (smtp_message_open(s, &m) < 0) {
		smtp_error(s, smtp_message_failed(errno));
		return;
	}
	smtp_say(s, SMTP_DATA_GO);
	if (reply_flush(&s->out) < 0)
		s->end = SMTP_CLOSED;
	deadline_in(&end, SMTP_DATA_SECONDS);
	while (s->end == SMTP_GO_ON && m.text.state != UNSTUFF_END)
		smtp_message_more(s, &m, &end);
	if (s->end != SMTP_GO_ON) {
		smtp_message_drop(&m);
		return;
	}
	if ((why = smtp_message_close(s, &m))) {
		smtp_error(s, why);
	} else {
		reply_line(
		    &s->out, "250 2.0.0 ok, queued as ", m.id, (char *)0);
		smtp_message_log(s, &m);
		s->mails++;
		s->errors = s->deferred = s->junk = 0;
	}
	smtp_reset(s);
}
