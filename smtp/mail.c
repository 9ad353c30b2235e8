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
	return s->mechanism && !smtp_mail_owns(s, s->t.from) ? SMTP_NOT_YOURS
							     : 0;
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
	smtp_say(s, SMTP_SENDER_OK);
}

/* A header field a policy asked for: once, and as long as there is room. */
static void
smtp_rcpt_prepend(struct smtp_session *s, const char *field)
{
	char line[SMTP_ACTION_TEXT + 2];
	int n = snprintf(line, sizeof line, "%s\n", field);

	s->t.prepend[s->t.prepend_n] = 0;
	if (strstr(s->t.prepend, line) ||
	    s->t.prepend_n + (size_t)n >= sizeof s->t.prepend)
		return;
	memcpy(s->t.prepend + s->t.prepend_n, line, (size_t)n);
	s->t.prepend_n += (size_t)n;
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
smtp_rcpt_decide(struct smtp_session *s, const char *to)
{
	char text[SMTP_ACTION_TEXT], why[POLICY_ACTION_MAX];

	if (smtp_rcpt_allowed(s, to, text, why)) {
		smtp_transaction_add(&s->t);
		smtp_say(s, SMTP_RCPT_OK);
		return;
	}
	s->refused++;
	log_event("rcpt-refused", "ip", getenv("TCPREMOTEIP"), "from",
	    s->t.from, "to", to, "user", smtp_user(s), "reply", text, "why",
	    why, (char *)0);
	if (strncmp(text, "421", 3) == 0 || strncmp(text, "521", 3) == 0)
		smtp_close(s, text);
	else
		smtp_error(s, text);
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
