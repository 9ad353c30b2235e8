/* SPDX-License-Identifier: ISC */
/* POP3 before the login (RFC 1939, AUTHORIZATION state; RFC 2449, 2595, 5034).
 * Runs in a process without rights: the monitor behind it checks. Lines are
 * read exactly, so that what a client sends ahead is the session's to read. */
#include "pop3front.h"

#include <string.h>

#include "priv.h"

/* One command; ARG may be null. 1 go on; 0 it is over. */
typedef int pop3front_command(struct front *f, char *arg);

/* A reply of one line. 1. */
static int
pop3front_say(struct front *f, const char *text)
{
	reply_line(&f->out, text, (char *)0);
	return 1;
}

/* A reply to a command that was wrong. 1 go on; 0 that was one too many. */
static int
pop3front_error(struct front *f, const char *text)
{
	pop3front_say(f, text);
	if (++f->errors < FRONT_ERRORS)
		return 1;
	f->reason = "too many bad commands";
	return 0;
}

int
pop3front_refuse(struct front *f)
{
	return pop3front_error(
	    f, "-ERR [SYS/PERM] no passwords in the clear here: start TLS");
}

int
pop3front_line(struct front *f, char **s, size_t *n)
{
	const char *bad;
	int r = front_line(f, s, n, &bad);

	if (r != 0)
		return r;
	reply_puts(&f->out, "-ERR ");
	return pop3front_error(f, bad) - 1;
}

int
pop3front_login(struct front *f, const char *user, size_t un,
    const char *password, size_t pn)
{
	switch (front_login(f, user, un, password, pn)) {
	case LOGIN_YES:
		return front_over(f, 0);
	case LOGIN_TEMP:
		pop3front_say(f, "-ERR [SYS/TEMP] cannot check that now");
		return 0;
	case LOGIN_BAD:
		break;
	}
	pop3front_say(f, "-ERR [AUTH] wrong user name or password");
	return !f->reason;
}

static int
pop3front_user(struct front *f, char *arg)
{
	size_t n = arg ? strlen(arg) : 0;

	if (!front_allowed(f))
		return pop3front_refuse(f);
	f->user_len = 0;
	if (n < 1 || n > sizeof f->user)
		return pop3front_error(f, "-ERR USER needs a name");
	memcpy(f->user, arg, n);
	f->user_len = n;
	return pop3front_say(f, "+OK send the password");
}

static int
pop3front_pass(struct front *f, char *arg)
{
	size_t n = f->user_len;

	if (!front_allowed(f))
		return pop3front_refuse(f);
	f->user_len = 0;
	if (!n)
		return pop3front_error(f, "-ERR USER first");
	if (!arg)
		return pop3front_error(f, "-ERR PASS needs a password");
	return pop3front_login(f, f->user, n, arg, strlen(arg));
}

static int
pop3front_quit(struct front *f, char *arg)
{
	if (arg)
		return pop3front_error(f, "-ERR QUIT takes nothing");
	pop3front_say(f, "+OK bye");
	return front_over(f, "quit");
}

static int
pop3front_capa(struct front *f, char *arg)
{
	if (arg)
		return pop3front_error(f, "-ERR CAPA takes nothing");
	reply_puts(&f->out, "+OK capabilities follow\r\n" POP3CMD_CAPA);
	if (front_allowed(f))
		reply_puts(&f->out, "USER\r\nSASL PLAIN LOGIN\r\n");
	if (f->offered)
		reply_puts(&f->out, "STLS\r\n");
	reply_puts(&f->out, "IMPLEMENTATION Postern\r\n.\r\n");
	return 1;
}

static int
pop3front_lang(struct front *f, char *arg)
{
	reply_puts(&f->out, pop3cmd_lang(arg));
	reply_puts(&f->out, "\r\n");
	return 1;
}

/* Names, passwords and messages are UTF-8 where they are, asked for or not. */
static int
pop3front_utf8(struct front *f, char *arg)
{
	if (arg)
		return pop3front_error(f, "-ERR UTF8 takes nothing");
	return pop3front_say(f, "+OK UTF-8 it is");
}

static int
pop3front_stls(struct front *f, char *arg)
{
	if (arg)
		return pop3front_error(f, "-ERR STLS takes nothing");
	if (f->secure)
		return pop3front_error(f, "-ERR this is TLS already");
	if (!f->offered)
		return pop3front_error(f, "-ERR no TLS here");
	if (front_ahead()) {
		pop3front_say(f, "-ERR nothing may be sent ahead after STLS");
		return front_over(f, "bytes behind STLS");
	}
	pop3front_say(f, "+OK begin TLS");
	return front_starttls(f);
}

static const struct {
	char keyword[POP3CMD_KEYWORD + 1];
	pop3front_command *run;
} pop3front_table[] = {
    {"USER", pop3front_user},
    {"PASS", pop3front_pass},
    {"AUTH", pop3auth_command},
    {"CAPA", pop3front_capa},
    {"LANG", pop3front_lang},
    {"UTF8", pop3front_utf8},
    {"STLS", pop3front_stls},
    {"QUIT", pop3front_quit},
};

static int
pop3front_one(struct front *f)
{
	char *s, *keyword, *arg;
	size_t n, i;
	int r;

	if ((r = pop3front_line(f, &s, &n)) <= 0)
		return r == 0;
	if (front_http(s, n)) {
		pop3front_say(f, "-ERR this is no web server");
		return front_over(f, "a request of HTTP");
	}
	r = -1;
	if (pop3cmd_split(s, n, &keyword, &arg))
		for (i = 0;
		     i < sizeof pop3front_table / sizeof *pop3front_table; i++)
			if (strcmp(pop3front_table[i].keyword, keyword) == 0)
				r = pop3front_table[i].run(f, arg);
	priv_wipe(f->in.buf, n);
	return r < 0 ? pop3front_error(f, "-ERR no such command before a login")
		     : r;
}

void
pop3front_run(struct front *f, const char *host)
{
	char buf[POP3CMD_LINE];

	front_init(f, buf, sizeof buf);
	reply_line(&f->out, "+OK ", host ? host : "", host ? " POP3" : "POP3",
	    (char *)0);
	while (pop3front_one(f))
		;
	if (f->reason)
		reply_flush(&f->out);
	priv_wipe(f->in.buf, f->in.size);
}
