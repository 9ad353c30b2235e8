/* SPDX-License-Identifier: ISC */
/* What a policy's answer means (Postfix access(5) actions). */
#ifndef SMTP_ACTION_H
#define SMTP_ACTION_H

enum { SMTP_ACTION_TEXT = 480 };

enum smtp_action {
	SMTP_ACTION_OK,      /* take it, ask nobody else */
	SMTP_ACTION_DUNNO,   /* no opinion */
	SMTP_ACTION_PREPEND, /* no opinion, but TEXT is to go into the header */
	SMTP_ACTION_WARN,    /* no opinion, but TEXT is to go into the log */
	SMTP_ACTION_LATER,   /* refuse it with TEXT unless another refuses it */
	SMTP_ACTION_SOFTEN, /* no opinion, but who refuses it does so with TEXT */
	SMTP_ACTION_BCC,    /* no opinion, but TEXT is a recipient more */
	SMTP_ACTION_REDIRECT, /* no opinion, but TEXT is its one recipient */
	SMTP_ACTION_HOLD,     /* no opinion, but the queue is to hold it */
	SMTP_ACTION_DISCARD,  /* take it, and throw the message away */
	SMTP_ACTION_REFUSE    /* refuse it; TEXT is the reply */
};

/* Reads ACTION. TEXT (SMTP_ACTION_TEXT bytes) becomes what the verdict says.
 * An action not known here is refused, temporarily. */
enum smtp_action smtp_action_read(const char *action, char *text);

#endif
