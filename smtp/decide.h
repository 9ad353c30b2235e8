/* SPDX-License-Identifier: ISC */
/* What the policies, all together, say of a client, a sender, a recipient or a
 * message. */
#ifndef SMTP_DECIDE_H
#define SMTP_DECIDE_H

#include "smtp/action.h"
#include "smtp/session.h"

enum smtp_verdict { SMTP_YES, SMTP_NO_OPINION, SMTP_NO };

struct smtp_decision {
	char text[SMTP_ACTION_TEXT]; /* NO: the reply */
	char why[POLICY_ACTION_MAX]; /* what decided, for the log */
};

/* Asks those that are to be asked AT this state, first to last, until one has
 * decided; TO is the recipient at RCPT. A policy that cannot be asked is
 * SMTP_NO, for now. */
enum smtp_verdict smtp_decide(struct smtp_session *s, enum smtp_state at,
    const char *to, struct smtp_decision *d);

/* The same for states where no opinion is good enough. 1; 0 refused: that has
 * been said and logged. */
int smtp_allowed(struct smtp_session *s, enum smtp_state at);

/* Says the reply TEXT of a policy; 421 and 521 end the session. */
void smtp_refuse(struct smtp_session *s, const char *text);

#endif
