/* SPDX-License-Identifier: ISC */
/* What the policies, all together, say. */
#include "smtp/decide.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "smtp/replies.h"
#include "smtp/request.h"

/* A header field a policy asked for: once, and as long as there is room. */
static void
smtp_decide_prepend(struct smtp_transaction *t, const char *field)
{
	char line[SMTP_ACTION_TEXT + 2];
	int n = snprintf(line, sizeof line, "%s\n", field);

	t->prepend[t->prepend_n] = 0;
	if (strstr(t->prepend, line) ||
	    t->prepend_n + (size_t)n >= sizeof t->prepend)
		return;
	memcpy(t->prepend + t->prepend_n, line, (size_t)n);
	t->prepend_n += (size_t)n;
}

/* What goes on at this state, whoever decides in the end. */
struct smtp_deciding {
	struct smtp_session *s;
	enum smtp_state at;
	struct smtp_decision *d;
	char later[SMTP_ACTION_TEXT]; /* DEFER_IF_PERMIT: the reply, or "" */
	char soft[SMTP_ACTION_TEXT];  /* DEFER_IF_REJECT: likewise */
};

/* What ACTION with TEXT does to the message, unless it is too late (AT the end
 * its envelope is written) or too early. 1, or 0: it cannot be. */
static int
smtp_decide_change(struct smtp_transaction *t, enum smtp_state at,
    enum smtp_action action, const char *text)
{
	if (at == SMTP_AT_CONNECT || at == SMTP_AT_END)
		return 0;
	if (action == SMTP_ACTION_BCC)
		return smtp_transaction_bcc(t, text);
	if (action == SMTP_ACTION_HOLD)
		t->hold = 1;
	else
		snprintf(
		    t->redirect, sizeof t->redirect, "%.*s", ADDRESS_MAX, text);
	return 1;
}

/* One policy's ACTION. 1 it has decided, *V is what; 0 the next is asked. */
static int
smtp_decide_one(
    struct smtp_deciding *g, const char *action, enum smtp_verdict *v)
{
	char *text = g->d->text;
	enum smtp_action a = smtp_action_read(action, text);

	switch (a) {
	case SMTP_ACTION_OK:
		*v = SMTP_YES;
		return 1;
	case SMTP_ACTION_DISCARD:
		g->s->t.discard = 1;
		*v = SMTP_YES;
		return 1;
	case SMTP_ACTION_REFUSE:
		*v = SMTP_NO;
		return 1;
	case SMTP_ACTION_LATER:
		if (!*g->later)
			strcpy(g->later, text);
		break;
	case SMTP_ACTION_SOFTEN:
		if (!*g->soft)
			strcpy(g->soft, text);
		break;
	case SMTP_ACTION_BCC:
	case SMTP_ACTION_REDIRECT:
	case SMTP_ACTION_HOLD:
		if (smtp_decide_change(&g->s->t, g->at, a, text))
			break;
		strcpy(text, SMTP_POLICY_FAILED);
		*v = SMTP_NO;
		return 1;
	case SMTP_ACTION_PREPEND:
		if (g->at != SMTP_AT_CONNECT && g->at != SMTP_AT_END)
			smtp_decide_prepend(&g->s->t, text);
		break;
	case SMTP_ACTION_WARN:
		log_event("policy-warning", "text", text, (char *)0);
		break;
	case SMTP_ACTION_DUNNO:
		break;
	}
	return 0;
}

/* Asks one after the other. */
static enum smtp_verdict
smtp_decide_all(struct smtp_deciding *g, const struct policy_request *q)
{
	struct smtp_policies *ps = &g->s->policies;
	char action[POLICY_ACTION_MAX];
	enum smtp_verdict v;
	size_t i;

	for (i = 0; i < ps->n; i++) {
		if (!(ps->policy[i].at & g->at))
			continue;
		if (smtp_policies_ask(
			ps, &ps->policy[i], q, action, g->d->why) < 0) {
			strcpy(g->d->text, SMTP_POLICY_FAILED);
			return SMTP_NO;
		}
		if (smtp_decide_one(g, action, &v))
			return v;
	}
	return SMTP_NO_OPINION;
}

/* 1 if there is somebody to ask AT this state. */
static int
smtp_decide_any(const struct smtp_policies *ps, enum smtp_state at)
{
	size_t i;

	for (i = 0; i < ps->n; i++)
		if (ps->policy[i].at & at)
			return 1;
	return 0;
}

enum smtp_verdict
smtp_decide(struct smtp_session *s, enum smtp_state at, const char *to,
    struct smtp_decision *d)
{
	static struct policy_request q;
	struct smtp_deciding g = {.s = s, .at = at, .d = d};
	enum smtp_verdict v;

	strcpy(d->why, s->policies.n ? "no policy said yes" : "no policy");
	if (!smtp_decide_any(&s->policies, at))
		return SMTP_NO_OPINION;
	strcpy(d->text, SMTP_POLICY_FAILED);
	if (smtp_request(s, at, to, &q) < 0)
		return SMTP_NO;
	v = smtp_decide_all(&g, &q);
	if (*g.soft && v == SMTP_NO && d->text[0] == '5')
		strcpy(d->text, g.soft);
	if (*g.later && v != SMTP_NO) {
		strcpy(d->text, g.later);
		snprintf(d->why, sizeof d->why, "%s", g.later);
		return SMTP_NO;
	}
	return v;
}

void
smtp_refuse(struct smtp_session *s, const char *text)
{
	s->refused++;
	if (strncmp(text, "421", 3) == 0 || strncmp(text, "521", 3) == 0)
		smtp_close(s, text);
	else
		smtp_error(s, text);
}

int
smtp_allowed(struct smtp_session *s, enum smtp_state at)
{
	struct smtp_decision d;

	if (smtp_decide(s, at, 0, &d) != SMTP_NO)
		return 1;
	log_event("policy-refused", "state", smtp_request_state(at), "ip",
	    getenv("TCPREMOTEIP"), "from", s->t.mail ? s->t.from : 0, "user",
	    smtp_user(s), "reply", d.text, "why", d.why, (char *)0);
	if (at == SMTP_AT_CONNECT)
		smtp_close(s, d.text);
	else
		smtp_refuse(s, d.text);
	return 0;
}
