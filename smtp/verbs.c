/* SPDX-License-Identifier: ISC */
/* The table of verbs, and what a client may say when. */
#include "smtp/verbs.h"

#include <string.h>

#include "smtp/command.h"
#include "smtp/replies.h"

enum smtp_arity { ARG_NONE, ARG_ANY, ARG_NEEDED };

enum smtp_phase {
	CLEAR = 1,  /* also before TLS where TLS is required (RFC 3207, 4) */
	HELO = 2,   /* only behind HELO or EHLO */
	MAIL = 4,   /* only behind MAIL */
	NOMAIL = 8, /* not behind MAIL */
	LAST = 16,  /* the client must wait for the reply (RFC 2920, 3.1) */
	JUNK = 32,  /* brings no mail nearer */
	CHUNK = 64  /* bytes follow that are no commands, refused or not */
};

struct smtp_entry {
	const char *verb;
	void (*run)(struct smtp_session *, char *);
	enum smtp_arity arity;
	unsigned int phase;
};

static void
smtp_verb_rset(struct smtp_session *s, char *arg)
{
	(void)arg;
	smtp_reset(s);
	smtp_say(s, SMTP_OK);
}

static void
smtp_verb_noop(struct smtp_session *s, char *arg)
{
	(void)arg;
	smtp_say(s, SMTP_OK);
}

static void
smtp_verb_vrfy(struct smtp_session *s, char *arg)
{
	(void)arg;
	smtp_say(s, SMTP_VRFY);
}

static void
smtp_verb_help(struct smtp_session *s, char *arg)
{
	(void)arg;
	smtp_say(s, SMTP_HELP);
}

static void
smtp_verb_quit(struct smtp_session *s, char *arg)
{
	(void)arg;
	smtp_say(s, SMTP_BYE);
	s->end = SMTP_QUIT;
}

static void
smtp_verb_other(struct smtp_session *s, char *arg)
{
	(void)arg;
	smtp_error(s, SMTP_NOT_HERE);
}

/* A web browser was made to send mail. */
static void
smtp_verb_http(struct smtp_session *s, char *arg)
{
	(void)arg;
	smtp_close(s, SMTP_NOT_SMTP);
}

static const struct smtp_entry smtp_verbs[] = {
    {"HELO", smtp_verb_helo, ARG_NEEDED, LAST | JUNK},
    {"EHLO", smtp_verb_ehlo, ARG_NEEDED, CLEAR | LAST | JUNK},
    {"STARTTLS", smtp_verb_starttls, ARG_NONE, CLEAR | HELO},
    {"AUTH", smtp_verb_auth, ARG_NEEDED, HELO | NOMAIL | JUNK},
    {"MAIL", smtp_verb_mail, ARG_NEEDED, HELO | NOMAIL},
    {"RCPT", smtp_verb_rcpt, ARG_NEEDED, HELO | MAIL},
    {"DATA", smtp_verb_data, ARG_NONE, HELO | MAIL | LAST},
    {"BDAT", smtp_verb_bdat, ARG_NEEDED, HELO | MAIL | CHUNK},
    {"RSET", smtp_verb_rset, ARG_NONE, JUNK},
    {"NOOP", smtp_verb_noop, ARG_ANY, CLEAR | JUNK},
    {"VRFY", smtp_verb_vrfy, ARG_NEEDED, JUNK},
    {"HELP", smtp_verb_help, ARG_ANY, JUNK},
    {"QUIT", smtp_verb_quit, ARG_NONE, CLEAR},
    {"EXPN", smtp_verb_other, ARG_ANY, 0},
    {"TURN", smtp_verb_other, ARG_ANY, 0},
    {"GET", smtp_verb_http, ARG_ANY, CLEAR},
    {"POST", smtp_verb_http, ARG_ANY, CLEAR},
    {"PUT", smtp_verb_http, ARG_ANY, CLEAR},
    {"CONNECT", smtp_verb_http, ARG_ANY, CLEAR},
    {0, 0, 0, 0},
};

/* Why VERB with ARG cannot be done now, or null. */
static const char *
smtp_untimely(
    const struct smtp_session *s, const struct smtp_entry *e, const char *arg)
{
	if (!(e->phase & CLEAR) && s->tls == UCSPITLS_REQUIRE &&
	    !ucspitls_active())
		return SMTP_NEED_TLS;
	if (e->arity == ARG_NONE && *arg)
		return SMTP_NO_ARG;
	if (e->arity == ARG_NEEDED && !*arg)
		return SMTP_ARG;
	if ((e->phase & HELO) && !*s->helo)
		return SMTP_NO_HELO;
	if ((e->phase & MAIL) && !s->t.mail)
		return SMTP_NO_MAIL;
	if ((e->phase & NOMAIL) && s->t.mail)
		return SMTP_IN_MAIL;
	return 0;
}

void
smtp_verb(struct smtp_session *s, char *line, size_t n)
{
	struct smtp_command c;
	const struct smtp_entry *e;
	const char *why;

	if (!smtp_command_read(line, n, &c)) {
		smtp_error(s, SMTP_UNKNOWN);
		return;
	}
	for (e = smtp_verbs; e->verb; e++)
		if (strcmp(e->verb, c.verb) == 0)
			break;
	if (!e->verb)
		smtp_error(s, SMTP_UNKNOWN);
	else if ((why = smtp_untimely(s, e, c.arg)) && (e->phase & CHUNK))
		smtp_bdat_refuse(s, c.arg, why);
	else if (why)
		smtp_error(s, why);
	else if ((e->phase & LAST) && s->socket && line_pending(&s->in))
		smtp_close(s, SMTP_EARLY);
	else
		e->run(s, c.arg);
	if (e->phase & JUNK)
		s->junk++;
}
