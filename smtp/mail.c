/* SPDX-License-Identifier: ISC */
/* MAIL and RCPT: the envelope, and who may have mail sent to whom. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "log.h"
#include "smtp/action.h"
#include "smtp/command.h"
#include "smtp/params.h"
#include "smtp/path.h"
#include "smtp/replies.h"
#include "smtp/request.h"
#include "smtp/verbs.h"

/* Skips KEYWORD ("FROM:") and reads the path behind it; *ARG becomes the
 * parameters. */
static enum smtp_path_verdict
smtp_mail_path(char **arg, const char *keyword, struct smtp_path *p)
{
	size_t n = strlen(keyword);
	enum smtp_path_verdict v;
	char *s = *arg + n;

	if (strncasecmp(*arg, keyword, n) != 0)
		return SMTP_PATH_SYNTAX;
	if ((v = smtp_path_read(s, strlen(s), p)) == SMTP_PATH_SYNTAX)
		return v;
	s += p->used;
	if (*s && *s != ' ')
		return SMTP_PATH_SYNTAX;
	*arg = s;
	return v;
}

/* 1 if KEY is the key of ADDRESS. */
static int
smtp_mail_same(const char *key, const char *address)
{
	char other[ADDRESS_MAX + 1];

	return address_key(other, address) && strcmp(key, other) == 0;
}

/* 1 if the account that is logged in may send as FROM. Bounces and receipts
 * have no sender: anybody may send those. */
static int
smtp_mail_owns(const struct smtp_session *s, const char *from)
{
	char key[ADDRESS_MAX + 1];
	const char *a;

	if (!*from)
		return 1;
	if (!address_key(key, from))
		return 0;
	if (smtp_mail_same(key, smtp_user(s)))
		return 1;
	for (a = 0; (a = login_answer_get(&s->answer, "FROM", a));)
		if (smtp_mail_same(key, a))
			return 1;
	return 0;
}

/* Takes the sender and the parameters of MAIL. Null, or the reply that
 * refuses them. */
static const char *
smtp_mail_take(struct smtp_session *s, char *arg)
{
	struct smtp_path p;
	const char *why;

	switch (smtp_mail_path(&arg, "FROM:", &p)) {
	case SMTP_PATH_OK:
	case SMTP_PATH_NULL:
		break;
	case SMTP_PATH_SYNTAX:
		return SMTP_FROM_SYNTAX;
	default:
		return SMTP_FROM_BAD;
	}
	memcpy(s->from, p.s, p.n);
	s->from[p.n] = 0;
	if ((why = smtp_params(s, SMTP_PARAMS_MAIL, arg)))
		return why;
	if (s->declared > s->size_max)
		return SMTP_TOO_BIG;
	return s->mechanism && !smtp_mail_owns(s, s->from) ? SMTP_NOT_YOURS : 0;
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
	s->mail = 1;
	s->transactions++;
	smtp_say(s, SMTP_SENDER_OK);
}

/* A header field a policy asked for: once, and as long as there is room. */
static void
smtp_rcpt_prepend(struct smtp_session *s, const char *field)
{
	char line[SMTP_ACTION_TEXT + 2];
	int n = snprintf(line, sizeof line, "%s\n", field);

	s->prepend[s->prepend_n] = 0;
	if (strstr(s->prepend, line) ||
	    s->prepend_n + (size_t)n >= sizeof s->prepend)
		return;
	memcpy(s->prepend + s->prepend_n, line, (size_t)n);
	s->prepend_n += (size_t)n;
}

/* Asks the policies, first to last, about recipient TO. 1 one of them said
 * yes; 0 refused: TEXT is the reply, WHY what decided. */
static int
smtp_rcpt_allowed(struct smtp_session *s, const char *to, char *text, char *why)
{
	static struct policy_request q;
	char action[POLICY_ACTION_MAX];
	size_t i;

	strcpy(why, s->policies.n ? "no policy said yes" : "no policy");
	strcpy(text, SMTP_POLICY_FAILED);
	if (smtp_request(s, to, &q) < 0)
		return 0;
	for (i = 0; i < s->policies.n; i++) {
		strcpy(text, SMTP_POLICY_FAILED);
		if (smtp_policies_ask(&s->policies, i, &q, action, why) < 0)
			return 0;
		switch (smtp_action_read(action, text)) {
		case SMTP_ACTION_OK:
			return 1;
		case SMTP_ACTION_REFUSE:
			return 0;
		case SMTP_ACTION_PREPEND:
			smtp_rcpt_prepend(s, text);
			break;
		case SMTP_ACTION_DUNNO:
			break;
		}
	}
	strcpy(text, SMTP_REFUSED_RCPT);
	return 0;
}

/* Asks about recipient TO and says the outcome. */
static void
smtp_rcpt_decide(struct smtp_session *s, const char *to, size_t n)
{
	char text[SMTP_ACTION_TEXT], why[POLICY_ACTION_MAX];

	if (smtp_rcpt_allowed(s, to, text, why)) {
		s->rcpts++;
		s->to_n += n + 1;
		smtp_say(s, SMTP_RCPT_OK);
		return;
	}
	s->refused++;
	log_event("rcpt-refused", "ip", getenv("TCPREMOTEIP"), "from", s->from,
	    "to", to, "user", smtp_user(s), "reply", text, "why", why,
	    (char *)0);
	if (strncmp(text, "421", 3) == 0 || strncmp(text, "521", 3) == 0)
		smtp_close(s, text);
	else
		smtp_error(s, text);
}

void
smtp_verb_rcpt(struct smtp_session *s, char *arg)
{
	struct smtp_path p;
	enum smtp_path_verdict v = smtp_mail_path(&arg, "TO:", &p);
	char *to = s->to + s->to_n;
	const char *why = 0;

	if (v == SMTP_PATH_SYNTAX)
		why = SMTP_TO_SYNTAX;
	else if (v == SMTP_PATH_MAILBOX || v == SMTP_PATH_NULL)
		why = SMTP_TO_BAD;
	else
		why = smtp_params(s, SMTP_PARAMS_RCPT, arg);
	if (!why && s->rcpts >= s->rcpt_max)
		why = SMTP_RCPT_MANY;
	if (why) {
		smtp_error(s, why);
		return;
	}
	if (v == SMTP_PATH_LOCAL) /* in any case, without a domain */
		p.s = "postmaster";
	memcpy(to, p.s, p.n);
	to[p.n] = 0;
	smtp_rcpt_decide(s, to, p.n);
}
