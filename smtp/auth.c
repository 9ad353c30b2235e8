/* SPDX-License-Identifier: ISC */
/* AUTH (RFC 4954): PLAIN (RFC 4616) and LOGIN. The password goes to the
 * monitor, and is wiped here. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base64.h"
#include "deadline.h"
#include "log.h"
#include "priv.h"
#include "smtp/replies.h"
#include "smtp/verbs.h"

/* Decodes TEXT in place; *N becomes the length. What the decoded text leaves
 * of the other is wiped. 1, or 0: it is not base64, and that was said. */
static int
smtp_auth_decode(struct smtp_session *s, char *text, size_t *n)
{
	long len = base64_decode(text, text, *n);
	size_t keep = len < 0 ? 0 : (size_t)len;

	priv_wipe(text + keep, *n - keep);
	*n = keep;
	if (len < 0)
		smtp_error(s, SMTP_AUTH_BASE64);
	return len >= 0;
}

/* Says PROMPT and reads the response. 1 it is at *TEXT, *N bytes, decoded; 0
 * there is none, and the reply has been said. */
static int
smtp_auth_prompt(
    struct smtp_session *s, const char *prompt, char **text, size_t *n)
{
	enum line_verdict v;

	smtp_say(s, prompt);
	v = smtp_line(s, text, n);
	if (s->end != SMTP_GO_ON)
		return 0;
	if (v == LINE_OK && *n <= SMTP_AUTH_MAX && strcmp(*text, "*") != 0)
		return smtp_auth_decode(s, *text, n);
	smtp_error(s,
	    v == LINE_OK && *n == 1              ? SMTP_AUTH_CANCEL
		: v == LINE_OK || v == LINE_LONG ? SMTP_AUTH_LONG
						 : SMTP_LINE_BARE);
	return 0;
}

/* The initial response INITIAL ("=" is an empty one), or what the client
 * answers to PROMPT. As smtp_auth_prompt. */
static int
smtp_auth_response(struct smtp_session *s, char *initial, const char *prompt,
    char **text, size_t *n)
{
	if (!*initial)
		return smtp_auth_prompt(s, prompt, text, n);
	*text = initial;
	*n = strcmp(initial, "=") == 0 ? 0 : strlen(initial);
	return smtp_auth_decode(s, initial, n);
}

/* Asks the monitor, and says what it said. */
static void
smtp_auth_check(struct smtp_session *s, const char *mechanism, const char *user,
    size_t un, const char *password, size_t pn)
{
	enum login_verdict v;
	tain deadline;

	deadline_in(&deadline, s->seconds);
	v = login_ask(s->login, user, un, password, pn, &s->answer, &deadline);
	if (un > ADDRESS_MAX)
		un = ADDRESS_MAX;
	memcpy(s->user, user, un);
	s->user[un] = 0;
	log_event("auth", "result",
	    v == LOGIN_YES       ? "ok"
		: v == LOGIN_BAD ? "bad"
				 : "failed",
	    "method", mechanism, "user", s->user, "ip", getenv("TCPREMOTEIP"),
	    (char *)0);
	if (v == LOGIN_YES) {
		s->mechanism = mechanism;
		smtp_say(s, SMTP_AUTH_OK);
	} else if (v == LOGIN_TEMP) {
		smtp_error(s, SMTP_AUTH_FAILED);
	} else if (++s->logins < SMTP_LOGINS_MAX) {
		smtp_error(s, SMTP_AUTH_BAD);
	} else {
		smtp_say(s, SMTP_AUTH_BAD);
		smtp_close(s, SMTP_TOO_BAD);
	}
}

/* [authorize-id] NUL authenticate-id NUL password */
static void
smtp_auth_plain(struct smtp_session *s, char *initial)
{
	char *text, *user, *password;
	size_t n, un;

	if (!smtp_auth_response(s, initial, SMTP_AUTH_PLAIN, &text, &n))
		return;
	user = memchr(text, 0, n);
	password =
	    user ? memchr(user + 1, 0, (size_t)(text + n - user - 1)) : 0;
	if (!password) {
		smtp_error(s, SMTP_AUTH_BASE64);
	} else {
		un = (size_t)(password - ++user);
		/* nobody acts for somebody else here */
		if (*text && strcmp(text, user) != 0)
			smtp_error(s, SMTP_AUTH_BAD);
		else
			smtp_auth_check(s, "PLAIN", user, un, password + 1,
			    (size_t)(text + n - password - 1));
	}
	priv_wipe(text, n);
}

static void
smtp_auth_login(struct smtp_session *s, char *initial)
{
	char *text, user[LOGIN_REQUEST_MAX];
	size_t n, un;

	if (!smtp_auth_response(s, initial, SMTP_AUTH_USER, &text, &un))
		return;
	if (un > sizeof user) {
		smtp_error(s, SMTP_AUTH_BAD);
		return;
	}
	memcpy(user, text, un);
	if (!smtp_auth_prompt(s, SMTP_AUTH_PASS, &text, &n))
		return;
	smtp_auth_check(s, "LOGIN", user, un, text, n);
	priv_wipe(text, n);
}

void
smtp_verb_auth(struct smtp_session *s, char *arg)
{
	char *initial = strchr(arg, ' ');

	if (!s->auth) {
		smtp_error(s, SMTP_NOT_HERE);
		return;
	}
	if (s->mechanism) {
		smtp_error(s, SMTP_IN_AUTH);
		return;
	}
	if (!smtp_auth_safe(s)) {
		smtp_error(s, SMTP_AUTH_TLS);
		return;
	}
	if (initial)
		*initial++ = 0;
	else
		initial = "";
	if (strcasecmp(arg, "PLAIN") == 0)
		smtp_auth_plain(s, initial);
	else if (strcasecmp(arg, "LOGIN") == 0)
		smtp_auth_login(s, initial);
	else
		smtp_error(s, SMTP_AUTH_MECH);
}
