/* SPDX-License-Identifier: ISC */
/* One SMTP session: greeting, commands one by one, and how it ends. */
#include "smtp/session.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "deadline.h"
#include "linger.h"
#include "log.h"
#include "smtp/decide.h"
#include "smtp/replies.h"
#include "smtp/verbs.h"

void
smtp_say(struct smtp_session *s, const char *text)
{
	reply_line(&s->out, text, (char *)0);
}

void
smtp_error(struct smtp_session *s, const char *text)
{
	if (*text == '4')
		s->deferred++;
	else
		s->errors++;
	smtp_say(s, text);
}

void
smtp_close(struct smtp_session *s, const char *text)
{
	smtp_say(s, text);
	s->end = SMTP_REFUSED;
	log_event("refused", "why", text, (char *)0);
}

void
smtp_reset(struct smtp_session *s)
{
	smtp_message_drop(&s->message);
	smtp_transaction_clear(&s->t);
}

const char *
smtp_user(const struct smtp_session *s)
{
	const char *user;

	if (!s->mechanism)
		return 0;
	user = login_answer_get(&s->answer, "USER", 0);
	return user ? user : s->user;
}

/* When the client must have sent something. */
static void
smtp_deadline(const struct smtp_session *s, tain *deadline)
{
	deadline_in(deadline, s->seconds);
	if (tain_less(&s->last, deadline))
		*deadline = s->last;
}

/* Ends the session where the client has gone or was too slow. V. */
static enum line_verdict
smtp_came(struct smtp_session *s, enum line_verdict v)
{
	if (v == LINE_TIMEOUT) {
		smtp_say(s, SMTP_TIMED_OUT);
		s->end = SMTP_TIMEOUT;
	} else if (v == LINE_END || v == LINE_FAILED) {
		s->end = SMTP_CLOSED;
	}
	return v;
}

enum line_verdict
smtp_line(struct smtp_session *s, char **line, size_t *n)
{
	tain deadline;

	if (!line_ready(&s->in) && reply_flush(&s->out) < 0) {
		s->end = SMTP_CLOSED;
		return LINE_END;
	}
	smtp_deadline(s, &deadline);
	return smtp_came(s, line_read(&s->in, line, n, &deadline));
}

int
smtp_bytes(struct smtp_session *s, char **p, size_t *n, const tain *end)
{
	enum line_verdict v;
	tain deadline;

	if (!line_pending(&s->in) && reply_flush(&s->out) < 0) {
		s->end = SMTP_CLOSED;
		return 0;
	}
	smtp_deadline(s, &deadline);
	v = line_bytes(
	    &s->in, p, n, tain_less(end, &deadline) ? end : &deadline);
	return smtp_came(s, v) == LINE_OK;
}

/* Who speaks before the greeting is no mail server (RFC 5321, 3.1). */
static void
smtp_greet(struct smtp_session *s)
{
	tain deadline;
	char c;
	ssize_t n = recv(0, &c, 1, MSG_PEEK | MSG_DONTWAIT);

	s->socket = n >= 0 || errno != ENOTSOCK;
	if (n < 0 && s->socket && s->delay) {
		deadline_in(&deadline, s->delay);
		if (deadline_wait(0, POLLIN, &deadline) > 0)
			n = recv(0, &c, 1, MSG_PEEK | MSG_DONTWAIT);
	}
	if (n > 0)
		smtp_close(s, SMTP_EARLY);
	else if (smtp_allowed(s, SMTP_AT_CONNECT))
		reply_line(&s->out, "220 ", s->host, " ESMTP", (char *)0);
}

static void
smtp_command(struct smtp_session *s)
{
	enum line_verdict v;
	char *line;
	size_t n;

	v = smtp_line(s, &line, &n);
	if (s->end != SMTP_GO_ON)
		return;
	if (v == LINE_LONG || n > SMTP_LINE_MAX)
		smtp_error(s, SMTP_LINE_LONG);
	else if (v == LINE_NUL)
		smtp_error(s, SMTP_LINE_CONTROL);
	else if (v != LINE_OK)
		smtp_error(s, SMTP_LINE_BARE);
	else
		smtp_verb(s, line, n);
	if (s->end != SMTP_GO_ON)
		return;
	if (s->errors >= SMTP_ERRORS_MAX || s->deferred >= SMTP_DEFERRED_MAX)
		smtp_close(s, SMTP_TOO_BAD);
	else if (s->junk >= SMTP_JUNK_MAX)
		smtp_close(s, SMTP_TOO_IDLE);
}

/* Sends what is left; a client that is refused must see the reason. */
static void
smtp_leave(struct smtp_session *s)
{
	if (reply_flush(&s->out) == 0 && s->end == SMTP_REFUSED && s->socket)
		linger(0, 1);
}

int
smtp_session_run(struct smtp_session *s)
{
	static const char *const why[] = {
	    "", "quit", "closed", "timeout", "refused"};
	char mails[LOG_NUM], refused[LOG_NUM];

	deadline_in(&s->last, s->session);
	smtp_greet(s);
	while (s->end == SMTP_GO_ON)
		smtp_command(s);
	smtp_reset(s);
	smtp_leave(s);
	log_event("session-end", "why", why[s->end], "mails",
	    log_u64(mails, s->mails), "refused", log_u64(refused, s->refused),
	    (char *)0);
	return s->end == SMTP_QUIT || s->end == SMTP_CLOSED ? 0 : 1;
}
