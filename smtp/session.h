/* SPDX-License-Identifier: ISC */
/* One SMTP session: its state, and what its parts call on each other for. */
#ifndef SMTP_SESSION_H
#define SMTP_SESSION_H

#include "line.h"
#include "login.h"
#include "reply.h"
#include "smtp/filter.h"
#include "smtp/message.h"
#include "smtp/policies.h"
#include "smtp/transaction.h"
#include "ucspitls.h"

enum smtp_end {
	SMTP_GO_ON,
	SMTP_QUIT,    /* the client said so */
	SMTP_CLOSED,  /* the client has gone */
	SMTP_TIMEOUT, /* the client was too slow */
	SMTP_REFUSED  /* the client was sent away */
};

struct smtp_session {
	/* what the command line and the environment say */
	const char *host;
	uint64_t size_max;
	unsigned int rcpt_max, seconds, session, delay;
	int submission, fix, auth;
	enum ucspitls_policy tls;
	int incoming, login; /* queue folder; the monitor behind the border */
	struct smtp_policies policies;
	int filtered; /* by: */
	struct smtp_filter filter;

	/* the connection */
	struct line in;
	struct reply out;
	tain last;  /* when the session must be over */
	int socket; /* fd 0 is one: who speaks out of turn can be seen */
	enum smtp_end end;
	unsigned int errors, deferred, junk, logins, mails, refused,
	    transactions;

	/* what STARTTLS makes forgotten */
	int esmtp;
	char helo[ADDRESS_DOMAIN_MAX + 1]; /* "" before HELO or EHLO */
	const char *mechanism;             /* of a login, or null */
	struct login_answer answer;        /* of that login */
	char user[ADDRESS_MAX + 1];        /* as the client gave it */

	struct smtp_message message;
	struct smtp_transaction t;
};

/* Speaks SMTP until the session ends; the exit code (0, or 1: refused). */
int smtp_session_run(struct smtp_session *s);

/* Says TEXT, one of replies.h; _error counts it too, a 5xx as the
 * client's mistake; _close says it and ends the session. */
void smtp_say(struct smtp_session *s, const char *text);
void smtp_error(struct smtp_session *s, const char *text);
void smtp_close(struct smtp_session *s, const char *text);

/* Sends what was said, then reads one line, as line_read does; ends the
 * session where the client has gone or was too slow. */
enum line_verdict smtp_line(struct smtp_session *s, char **line, size_t *n);

/* Sends what was said, then gets bytes of a message, as line_bytes does, before
 * END. 1, or 0: the session is over. */
int smtp_bytes(struct smtp_session *s, char **p, size_t *n, const tain *end);

/* Forgets the transaction. */
void smtp_reset(struct smtp_session *s);

/* The account that is logged in, or null. */
const char *smtp_user(const struct smtp_session *s);

#endif
