/* SPDX-License-Identifier: ISC */
/* HELO, EHLO and STARTTLS: who is there, and what this server can do. */
#include <string.h>

#include "deadline.h"
#include "log.h"
#include "smtp/replies.h"
#include "smtp/verbs.h"

int
smtp_auth_safe(const struct smtp_session *s)
{
	return ucspitls_active() || s->tls == UCSPITLS_OFF;
}

/* Host names in the wild hold underscores and more; what matters is that the
 * name cannot break out of a header, a log or a policy request. */
static int
smtp_helo_valid(const char *name)
{
	size_t n = strlen(name);

	return n <= ADDRESS_DOMAIN_MAX &&
	    strspn(name,
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789.-_:[]") == n;
}

/* Takes the name and starts over. 1, or 0 and it was refused. */
static int
smtp_hello(struct smtp_session *s, const char *name, int esmtp)
{
	if (!smtp_helo_valid(name)) {
		smtp_error(s, SMTP_HELO_BAD);
		return 0;
	}
	smtp_reset(s);
	s->esmtp = esmtp;
	strcpy(s->helo, name);
	return 1;
}

void
smtp_verb_helo(struct smtp_session *s, char *arg)
{
	if (smtp_hello(s, arg, 0))
		reply_line(&s->out, "250 ", s->host, (char *)0);
}

void
smtp_verb_ehlo(struct smtp_session *s, char *arg)
{
	char number[LOG_NUM];

	if (!smtp_hello(s, arg, 1))
		return;
	reply_line(&s->out, "250-", s->host, (char *)0);
	smtp_say(s, "250-PIPELINING");
	reply_line(
	    &s->out, "250-SIZE ", log_u64(number, s->size_max), (char *)0);
	smtp_say(s, "250-8BITMIME");
	smtp_say(s, "250-CHUNKING");
	smtp_say(s, "250-BINARYMIME");
	smtp_say(s, "250-SMTPUTF8");
	smtp_say(s, "250-DSN");
	reply_line(&s->out, "250-LIMITS RCPTMAX=", log_u64(number, s->rcpt_max),
	    (char *)0);
	if (ucspitls_active())
		smtp_say(s, "250-REQUIRETLS");
	if (ucspitls_offered())
		smtp_say(s, "250-STARTTLS");
	if (s->auth && !s->mechanism && smtp_auth_safe(s))
		smtp_say(s, "250-AUTH PLAIN LOGIN");
	smtp_say(s, "250-HELP");
	smtp_say(s, "250 ENHANCEDSTATUSCODES");
}

/* What was said before TLS could have been said by anybody. */
static void
smtp_forget(struct smtp_session *s)
{
	smtp_reset(s);
	line_drop(&s->in);
	s->esmtp = 0;
	s->helo[0] = 0;
	s->mechanism = 0;
	s->answer.n = 0;
	s->user[0] = 0;
}

void
smtp_verb_starttls(struct smtp_session *s, char *arg)
{
	tain deadline;

	(void)arg;
	if (ucspitls_active()) {
		smtp_error(s, SMTP_IN_TLS);
		return;
	}
	if (!ucspitls_offered()) {
		smtp_error(s, SMTP_NOT_HERE);
		return;
	}
	if (line_pending(&s->in)) {
		smtp_close(s, SMTP_INJECTION);
		return;
	}
	smtp_say(s, SMTP_TLS_READY);
	if (reply_flush(&s->out) < 0) {
		s->end = SMTP_CLOSED;
		return;
	}
	smtp_forget(s);
	deadline_in(&deadline, s->seconds);
	if (ucspitls_start(&deadline) < 0) {
		log_event("tls-failed", (char *)0);
		s->end = SMTP_CLOSED;
	}
}
