/* SPDX-License-Identifier: ISC */
/* MAIL and RCPT: the envelope, and who may have mail sent to whom. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "log.h"
#include "smtp/command.h"
#include "smtp/decide.h"
#include "smtp/owner.h"
#include "smtp/params.h"
#include "smtp/path.h"
#include "smtp/replies.h"
#include "smtp/verbs.h"

/* Skips KEYWORD ("FROM:"), and blanks that RFC 5321 does not allow but devices
 * send, and reads the path behind it; *ARG becomes the parameters. */
static enum smtp_path_verdict
smtp_mail_path(char **arg, const char *keyword, struct smtp_path *p)
{
	size_t n = strlen(keyword);
	enum smtp_path_verdict v;
	char *s = *arg + n;

	if (strncasecmp(*arg, keyword, n) != 0)
		return SMTP_PATH_SYNTAX;
	s += strspn(s, " ");
	if ((v = smtp_path_read(s, strlen(s), p)) == SMTP_PATH_SYNTAX)
		return v;
	s += p->used;
	if (*s && *s != ' ')
		return SMTP_PATH_SYNTAX;
	*arg = s;
	return v;
}

/* Takes the sender and the parameters of MAIL. Null, or the reply that
 * refuses them. */
static const char *
smtp_mail_take(struct smtp_session *s, char *arg)
{
	struct smtp_path p;
	const char *why;

	enum smtp_path_verdict v = smtp_mail_path(&arg, "FROM:", &p);

	if (v == SMTP_PATH_SYNTAX)
		return SMTP_FROM_SYNTAX;
	if (v == SMTP_PATH_MAILBOX || v == SMTP_PATH_LOCAL)
		return SMTP_FROM_BAD;
	memcpy(s->t.from, p.s, p.n);
	s->t.from[p.n] = 0;
	if ((why = smtp_params(s, SMTP_PARAMS_MAIL, arg)))
		return why;
	if (v == SMTP_PATH_UTF8 && !s->t.utf8)
		return SMTP_UTF8;
	if (s->t.size > s->size_max)
		return SMTP_TOO_BIG;
	return s->mechanism && !smtp_owns(s, s->t.from) ? SMTP_NOT_YOURS : 0;
}

void
smtp_verb_mail(struct smtp_session *s, char *arg)
{
	const char *why = s->submission && !s->mechanism
	    ? SMTP_NEED_AUTH
	    : smtp_mail_take(s, arg);

	if (why) {
		smtp_reset(s);
		smtp_error(s, why);
		return;
	}
	s->t.mail = 1;
	s->transactions++;
	if (smtp_allowed(s, SMTP_AT_MAIL))
		smtp_say(s, SMTP_SENDER_OK);
	else
		smtp_reset(s);
}

/* Asks about recipient TO and says the outcome. */
static void
smtp_rcpt_decide(struct smtp_session *s, const char *to)
{
	struct smtp_decision d;

	switch (smtp_decide(s, SMTP_AT_RCPT, to, &d)) {
	case SMTP_YES:
		smtp_transaction_add(&s->t);
		smtp_say(s, SMTP_RCPT_OK);
		return;
	case SMTP_NO_OPINION:
		strcpy(d.text, SMTP_REFUSED_RCPT);
		break;
	case SMTP_NO:
		break;
	}
	log_event("rcpt-refused", "ip", getenv("TCPREMOTEIP"), "from",
	    s->t.from, "to", to, "user", smtp_user(s), "reply", d.text, "why",
	    d.why, (char *)0);
	smtp_refuse(s, d.text);
}

/* Takes the path and the parameters of RCPT. Null, or the reply that refuses
 * them. */
static const char *
smtp_rcpt_take(
    struct smtp_session *s, char *arg, struct smtp_path *p, int *local)
{
	enum smtp_path_verdict v = smtp_mail_path(&arg, "TO:", p);
	const char *why;

	*local = v == SMTP_PATH_LOCAL;
	if (v == SMTP_PATH_SYNTAX)
		return SMTP_TO_SYNTAX;
	if (v == SMTP_PATH_MAILBOX || v == SMTP_PATH_NULL)
		return SMTP_TO_BAD;
	s->t.notify = 0;
	s->t.orcpt = 0;
	if ((why = smtp_params(s, SMTP_PARAMS_RCPT, arg)))
		return why;
	if (v == SMTP_PATH_UTF8 && !s->t.utf8)
		return SMTP_UTF8;
	if (s->message.open)
		return SMTP_IN_BDAT;
	if (s->filtered && s->t.noted > SMTP_NOTES_MAX)
		return SMTP_RCPT_MANY;
	return s->t.rcpts >= s->rcpt_max ? SMTP_RCPT_MANY : 0;
}

void
smtp_verb_rcpt(struct smtp_session *s, char *arg)
{
	struct smtp_path p;
	char *to = s->t.to + s->t.to_n;
	int local;
	const char *why = smtp_rcpt_take(s, arg, &p, &local);

	if (why) {
		smtp_error(s, why);
		return;
	}
	if (local) /* in any case, without a domain */
		p.s = "postmaster";
	memcpy(to, p.s, p.n);
	to[p.n] = 0;
	smtp_rcpt_decide(s, to);
}
