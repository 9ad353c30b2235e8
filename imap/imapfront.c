/* SPDX-License-Identifier: ISC */
/* IMAP before the login (RFC 3501, the not authenticated state; RFC 2971 ID,
 * 7888 LITERAL+, 4959 SASL-IR, 5530 codes). Runs in a process without rights:
 * the monitor behind it checks. */
#include "imapfront.h"

#include <string.h>

#include "deadline.h"
#include "login.h"
#include "priv.h"

/* One command. 1 go on; 0 it is over. */
typedef int imapfront_command(struct front *f, struct imapcmd *c);

int
imapfront_say(struct front *f, const struct imapcmd *c, const char *text)
{
	reply_line(&f->out, c ? c->tag : "*", " ", text, (char *)0);
	return 1;
}

int
imapfront_bad(struct front *f, const struct imapcmd *c, const char *text)
{
	reply_line(&f->out, c ? c->tag : "*", " BAD ", text, (char *)0);
	if (++f->errors < FRONT_ERRORS)
		return 1;
	reply_line(&f->out, "* BYE too many bad commands", (char *)0);
	return front_over(f, "too many bad commands");
}

int
imapfront_refuse(struct front *f, const struct imapcmd *c)
{
	imapfront_say(f, c,
	    "NO [PRIVACYREQUIRED] no passwords in the clear here: start TLS");
	if (++f->errors < FRONT_ERRORS)
		return 1;
	reply_line(&f->out, "* BYE too many bad commands", (char *)0);
	return front_over(f, "too many bad commands");
}

/* What there is now, without a line. */
static void
imapfront_capabilities(struct front *f)
{
	reply_puts(&f->out, "CAPABILITY IMAP4rev1 LITERAL+ SASL-IR ID");
	if (f->offered)
		reply_puts(&f->out, " STARTTLS");
	reply_puts(
	    &f->out, front_allowed(f) ? " AUTH=PLAIN" : " LOGINDISABLED");
}

static int
imapfront_capability(struct front *f, struct imapcmd *c)
{
	if (c->n)
		return imapfront_bad(f, c, "CAPABILITY takes nothing");
	reply_puts(&f->out, "* ");
	imapfront_capabilities(f);
	reply_puts(&f->out, "\r\n");
	return imapfront_say(f, c, "OK done");
}

static int
imapfront_noop(struct front *f, struct imapcmd *c)
{
	if (c->n)
		return imapfront_bad(f, c, "NOOP takes nothing");
	return imapfront_say(f, c, "OK done");
}

static int
imapfront_logout(struct front *f, struct imapcmd *c)
{
	if (c->n)
		return imapfront_bad(f, c, "LOGOUT takes nothing");
	reply_puts(&f->out, "* BYE bye\r\n");
	imapfront_say(f, c, "OK done");
	return front_over(f, "logout");
}

/* ID (RFC 2971): who the client is does not matter; who we are, without a
 * version. */
static int
imapfront_id(struct front *f, struct imapcmd *c)
{
	if (c->n != 3 && (c->n < 2 || *c->args != '('))
		return imapfront_bad(f, c, "ID takes a list, or NIL");
	reply_puts(&f->out, "* ID (\"name\" \"Postern\")\r\n");
	return imapfront_say(f, c, "OK done");
}

static int
imapfront_starttls(struct front *f, struct imapcmd *c)
{
	if (c->n)
		return imapfront_bad(f, c, "STARTTLS takes nothing");
	if (f->secure)
		return imapfront_bad(f, c, "this is TLS already");
	if (!f->offered)
		return imapfront_bad(f, c, "no TLS here");
	if (front_ahead()) {
		imapfront_say(
		    f, c, "BAD nothing may be sent ahead after STARTTLS");
		reply_line(&f->out, "* BYE closing", (char *)0);
		return front_over(f, "bytes behind STARTTLS");
	}
	imapfront_say(f, c, "OK begin TLS");
	return front_starttls(f);
}

int
imapfront_login(struct front *f, const struct imapcmd *c, const char *user,
    size_t un, const char *password, size_t pn)
{
	tain deadline;

	deadline_in(&deadline, FRONT_ASK_SECONDS);
	if (login_tag(f->monitor, c->tag, &deadline) < 0)
		return front_over(f, "the monitor is gone");
	switch (front_login(f, user, un, password, pn)) {
	case LOGIN_YES:
		return front_over(f, 0);
	case LOGIN_TEMP:
		imapfront_say(f, c, "NO [UNAVAILABLE] cannot check that now");
		reply_line(&f->out, "* BYE closing", (char *)0);
		return 0;
	case LOGIN_BAD:
		break;
	}
	imapfront_say(
	    f, c, "NO [AUTHENTICATIONFAILED] wrong user name or password");
	if (!f->reason)
		return 1;
	reply_line(&f->out, "* BYE too many wrong passwords", (char *)0);
	return 0;
}

static int
imapfront_user(struct front *f, struct imapcmd *c)
{
	char *p = c->args, *end = c->args + c->n, *user, *password;
	size_t un, pn;

	if (!front_allowed(f))
		return imapfront_refuse(f, c);
	if (!imapcmd_astring(&p, end, &user, &un) || !imapcmd_space(&p, end) ||
	    !imapcmd_astring(&p, end, &password, &pn) || p < end)
		return imapfront_bad(f, c, "LOGIN takes a name and a password");
	return imapfront_login(f, c, user, un, password, pn);
}

static const struct {
	char name[IMAPCMD_NAME + 1];
	imapfront_command *run;
} imapfront_table[] = {
    {"CAPABILITY", imapfront_capability},
    {"LOGIN", imapfront_user},
    {"AUTHENTICATE", imapauth_command},
    {"STARTTLS", imapfront_starttls},
    {"ID", imapfront_id},
    {"NOOP", imapfront_noop},
    {"LOGOUT", imapfront_logout},
};

static int
imapfront_dispatch(struct front *f, char *s, size_t n)
{
	struct imapcmd c;
	size_t i;
	int r = imapcmd_split(s, n, &c);

	if (r < 0)
		return imapfront_bad(f, 0, "a command begins with a tag");
	if (r == 0)
		return imapfront_bad(f, &c, "that is no command");
	for (i = 0; i < sizeof imapfront_table / sizeof *imapfront_table; i++)
		if (strcmp(imapfront_table[i].name, c.name) == 0)
			return imapfront_table[i].run(f, &c);
	return imapfront_bad(f, &c, "no such command before a login");
}

static int
imapfront_one(struct front *f)
{
	size_t n;
	char *s;
	int r = imapread_command(f, &s, &n);

	if (r <= 0)
		return r == 0;
	if (front_http(s, n)) {
		reply_line(&f->out, "* BYE this is no web server", (char *)0);
		return front_over(f, "a request of HTTP");
	}
	r = imapfront_dispatch(f, s, n);
	priv_wipe(f->in.buf, n);
	return r;
}

void
imapfront_run(struct front *f, const char *host)
{
	char buf[IMAPCMD_LINE];

	front_init(f, buf, sizeof buf);
	reply_puts(&f->out, "* OK [");
	imapfront_capabilities(f);
	reply_line(&f->out, "] ", host ? host : "", host ? " IMAP" : "IMAP",
	    (char *)0);
	while (imapfront_one(f))
		;
	if (f->reason)
		reply_flush(&f->out);
	priv_wipe(buf, sizeof buf);
}
