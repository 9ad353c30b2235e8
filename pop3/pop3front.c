/* SPDX-License-Identifier: ISC */
/* POP3 before the login (RFC 1939, AUTHORIZATION state; RFC 2449, 2595, 5034).
 * Runs in a process without rights: the monitor behind it checks. Lines are
 * read exactly, so that what a client sends ahead is the session's to read. */
#include "pop3front.h"

#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "deadline.h"
#include "login.h"
#include "priv.h"

/* One command; ARG may be null. 1 go on; 0 it is over. */
typedef int pop3front_command(struct pop3front *f, char *arg);

int
pop3front_allowed(const struct pop3front *f)
{
	return f->secure || f->policy != UCSPITLS_REQUIRE;
}

/* A reply of one line. 1. */
static int
pop3front_say(struct pop3front *f, const char *text)
{
	reply_line(&f->out, text, (char *)0);
	return 1;
}

/* A reply to a command that was wrong. 1 go on; 0 that was one too many. */
static int
pop3front_error(struct pop3front *f, const char *text)
{
	pop3front_say(f, text);
	if (++f->errors < POP3FRONT_ERRORS)
		return 1;
	f->reason = "too many bad commands";
	return 0;
}

int
pop3front_refuse(struct pop3front *f)
{
	return pop3front_error(
	    f, "-ERR [SYS/PERM] no passwords in the clear here: start TLS");
}

static int
pop3front_over(struct pop3front *f, const char *reason)
{
	f->reason = reason;
	return 0;
}

/* What is wrong with a line, or null. */
static const char *
pop3front_bad(enum line_verdict v)
{
	switch (v) {
	case LINE_LONG:
		return "-ERR the line is too long";
	case LINE_NUL:
		return "-ERR a line holds no NUL";
	case LINE_BARECR:
	case LINE_BARELF:
		return "-ERR a line ends with CR LF";
	default:
		return 0;
	}
}

int
pop3front_line(struct pop3front *f, char **s, size_t *n)
{
	enum line_verdict v;
	const char *bad;
	tain deadline;

	if (reply_flush(&f->out) < 0)
		return pop3front_over(f, "the client is gone") - 1;
	deadline_in(&deadline, f->seconds);
	if (tain_less(&f->end, &deadline))
		deadline = f->end;
	v = line_read(&f->in, s, n, &deadline);
	if (v == LINE_OK)
		return 1;
	if ((bad = pop3front_bad(v)))
		return pop3front_error(f, bad) - 1;
	f->reason = v == LINE_TIMEOUT ? "too slow" : "the client is gone";
	return -1;
}

int
pop3front_login(struct pop3front *f, const char *user, size_t un,
    const char *password, size_t pn)
{
	struct login_answer a;
	struct timespec delay = {.tv_sec = 0};
	tain deadline;

	if (reply_flush(&f->out) < 0)
		return pop3front_over(f, "the client is gone");
	deadline_in(&deadline, POP3FRONT_ASK_SECONDS);
	switch (login_ask(f->monitor, user, un, password, pn, &a, &deadline)) {
	case LOGIN_YES:
		return pop3front_over(f, 0);
	case LOGIN_TEMP:
		pop3front_say(f, "-ERR [SYS/TEMP] cannot check that now");
		return pop3front_over(f, "the password could not be checked");
	case LOGIN_BAD:
		break;
	}
	delay.tv_sec = ++f->failures;
	nanosleep(&delay, 0);
	pop3front_say(f, "-ERR [AUTH] wrong user name or password");
	if (f->failures >= POP3FRONT_FAILURES)
		return pop3front_over(f, "too many wrong passwords");
	return 1;
}

static int
pop3front_user(struct pop3front *f, char *arg)
{
	size_t n = arg ? strlen(arg) : 0;

	if (!pop3front_allowed(f))
		return pop3front_refuse(f);
	f->user_len = 0;
	if (n < 1 || n > sizeof f->user)
		return pop3front_error(f, "-ERR USER needs a name");
	memcpy(f->user, arg, n);
	f->user_len = n;
	return pop3front_say(f, "+OK send the password");
}

static int
pop3front_pass(struct pop3front *f, char *arg)
{
	size_t n = f->user_len;

	if (!pop3front_allowed(f))
		return pop3front_refuse(f);
	f->user_len = 0;
	if (!n)
		return pop3front_error(f, "-ERR USER first");
	if (!arg)
		return pop3front_error(f, "-ERR PASS needs a password");
	return pop3front_login(f, f->user, n, arg, strlen(arg));
}

static int
pop3front_quit(struct pop3front *f, char *arg)
{
	if (arg)
		return pop3front_error(f, "-ERR QUIT takes nothing");
	pop3front_say(f, "+OK bye");
	return pop3front_over(f, "quit");
}

static int
pop3front_capa(struct pop3front *f, char *arg)
{
	if (arg)
		return pop3front_error(f, "-ERR CAPA takes nothing");
	reply_puts(&f->out,
	    "+OK capabilities follow\r\nTOP\r\nUIDL\r\nPIPELINING\r\n"
	    "RESP-CODES\r\nAUTH-RESP-CODE\r\n");
	if (pop3front_allowed(f))
		reply_puts(&f->out, "USER\r\nSASL PLAIN LOGIN\r\n");
	if (f->offered)
		reply_puts(&f->out, "STLS\r\n");
	reply_puts(&f->out, "IMPLEMENTATION Postern\r\n.\r\n");
	return 1;
}

/* 1 if the client has sent more than it could know to send. */
static int
pop3front_ahead(void)
{
	char c;

	return recv(0, &c, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

static int
pop3front_stls(struct pop3front *f, char *arg)
{
	tain deadline;

	if (arg)
		return pop3front_error(f, "-ERR STLS takes nothing");
	if (f->secure)
		return pop3front_error(f, "-ERR this is TLS already");
	if (!f->offered)
		return pop3front_error(f, "-ERR no TLS here");
	if (pop3front_ahead()) {
		pop3front_say(f, "-ERR nothing may be sent ahead after STLS");
		return pop3front_over(f, "bytes behind STLS");
	}
	pop3front_say(f, "+OK begin TLS");
	if (reply_flush(&f->out) < 0)
		return pop3front_over(f, "the client is gone");
	deadline_in(&deadline, POP3FRONT_TLS_SECONDS);
	if (login_starttls(f->monitor, &deadline) < 0)
		return pop3front_over(f, "no TLS came about");
	f->secure = 1;
	f->offered = 0;
	f->user_len = 0;
	line_init(&f->in, 0, LINE_EXACT, f->buf, sizeof f->buf);
	return 1;
}

static const struct {
	char keyword[POP3CMD_KEYWORD + 1];
	pop3front_command *run;
} pop3front_table[] = {
    {"USER", pop3front_user},
    {"PASS", pop3front_pass},
    {"AUTH", pop3auth_command},
    {"CAPA", pop3front_capa},
    {"STLS", pop3front_stls},
    {"QUIT", pop3front_quit},
};

static int
pop3front_one(struct pop3front *f)
{
	char *s, *keyword, *arg;
	size_t n, i;
	int r;

	if ((r = pop3front_line(f, &s, &n)) <= 0)
		return r == 0;
	if (pop3cmd_http(s, n)) {
		pop3front_say(f, "-ERR this is no web server");
		return pop3front_over(f, "a request of HTTP");
	}
	r = -1;
	if (pop3cmd_split(s, n, &keyword, &arg))
		for (i = 0;
		     i < sizeof pop3front_table / sizeof *pop3front_table; i++)
			if (strcmp(pop3front_table[i].keyword, keyword) == 0)
				r = pop3front_table[i].run(f, arg);
	priv_wipe(f->buf, n);
	return r < 0 ? pop3front_error(f, "-ERR no such command before a login")
		     : r;
}

void
pop3front_run(struct pop3front *f, const char *host)
{
	line_init(&f->in, 0, LINE_EXACT, f->buf, sizeof f->buf);
	reply_init(&f->out, 1, f->seconds);
	deadline_in(&f->end, POP3FRONT_TOTAL * f->seconds);
	reply_line(&f->out, "+OK ", host ? host : "", host ? " POP3" : "POP3",
	    (char *)0);
	while (pop3front_one(f))
		;
	if (f->reason)
		reply_flush(&f->out);
	priv_wipe(f->buf, sizeof f->buf);
}
