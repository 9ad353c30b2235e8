/* SPDX-License-Identifier: ISC */
/* The TRANSACTION and UPDATE states of POP3 (RFC 1939): the loop. */
#include "pop3session.h"

#include <string.h>

#include "deadline.h"
#include "log.h"
#include "maillock.h"
#include "pop3idle.h"

enum {
	POP3SESSION_SLICE = 60, /* seconds between signs of life */
	POP3SESSION_IDLE = 1    /* seconds until memory is given back */
};

int
pop3session_init(struct pop3session *p, unsigned int seconds)
{
	*p = (struct pop3session){.seconds = seconds};
	line_init(&p->in, 0, LINE_BUFFER, p->buf, sizeof p->buf);
	return pop3out_init(&p->out, 1, seconds);
}

void
pop3session_say(struct pop3session *p, const char *text)
{
	pop3out_puts(&p->out, text);
	pop3out_put(&p->out, "\r\n", 2);
}

/* While the client is silent there is little to keep. */
static void
pop3session_sleep(struct pop3session *p)
{
	pop3out_sleep(&p->out);
	maildrop_sleep(&p->drop);
	pop3idle_rest();
}

/* Waits for a line; the lock stays alive meanwhile. */
static enum line_verdict
pop3session_line(struct pop3session *p, char **s, size_t *n)
{
	enum line_verdict v;
	unsigned int left = p->seconds, slice = POP3SESSION_IDLE;
	tain deadline;

	for (;;) {
		if (slice > left)
			slice = left;
		deadline_in(&deadline, slice);
		v = line_read(&p->in, s, n, &deadline);
		maildrop_touch(&p->drop);
		left -= slice;
		if (v != LINE_TIMEOUT || left == 0)
			break;
		if (slice == POP3SESSION_IDLE)
			pop3session_sleep(p);
		slice = POP3SESSION_SLICE;
	}
	return pop3out_wake(&p->out) < 0 || maildrop_wake(&p->drop) < 0
	    ? LINE_FAILED
	    : v;
}

static int
pop3session_noop(struct pop3session *p, char *arg)
{
	pop3session_say(p, arg ? "-ERR NOOP takes nothing" : "+OK");
	return 1;
}

static int
pop3session_capa(struct pop3session *p, char *arg)
{
	if (arg) {
		pop3session_say(p, "-ERR CAPA takes nothing");
		return 1;
	}
	pop3out_puts(&p->out,
	    "+OK capabilities follow\r\n" POP3CMD_CAPA
	    "USER\r\nSASL PLAIN LOGIN\r\nIMPLEMENTATION Postern\r\n");
	if (p->delay) {
		pop3out_puts(&p->out, "LOGIN-DELAY ");
		pop3out_u64(&p->out, p->delay);
		pop3session_say(p, "");
	}
	pop3session_say(p, ".");
	return 1;
}

static int
pop3session_lang(struct pop3session *p, char *arg)
{
	pop3session_say(p, pop3cmd_lang(arg));
	return 1;
}

/* The UPDATE state. The reply promises what is on the disk. */
static int
pop3session_quit(struct pop3session *p, char *arg)
{
	if (arg) {
		pop3session_say(p, "-ERR QUIT takes nothing");
		return 1;
	}
	p->reason = "quit";
	if (maildrop_expunge(&p->drop) < 0) {
		p->reason = "some messages could not be removed";
		pop3session_say(
		    p, "-ERR [SYS/TEMP] some deleted messages not removed");
	} else {
		pop3session_say(p, "+OK bye");
	}
	maildrop_unlock(&p->drop);
	pop3out_flush(&p->out);
	return 0;
}

static const struct {
	char keyword[POP3CMD_KEYWORD + 1];
	pop3session_command *run;
} pop3session_table[] = {
    {"STAT", pop3session_stat},
    {"LIST", pop3session_list},
    {"UIDL", pop3session_uidl},
    {"RETR", pop3session_retr},
    {"TOP", pop3session_top},
    {"DELE", pop3session_dele},
    {"RSET", pop3session_rset},
    {"NOOP", pop3session_noop},
    {"CAPA", pop3session_capa},
    {"LANG", pop3session_lang},
    {"QUIT", pop3session_quit},
};

static int
pop3session_dispatch(struct pop3session *p, char *s, size_t n)
{
	char *keyword, *arg;
	size_t i;

	if (pop3cmd_split(s, n, &keyword, &arg))
		for (i = 0;
		     i < sizeof pop3session_table / sizeof *pop3session_table;
		     i++)
			if (strcmp(pop3session_table[i].keyword, keyword) == 0)
				return pop3session_table[i].run(p, arg);
	pop3session_say(p, "-ERR no such command");
	return ++p->errors < POP3SESSION_ERRORS;
}

/* One command. 1 go on; 0 it is over. */
static int
pop3session_one(struct pop3session *p)
{
	char *s;
	size_t n;

	switch (pop3session_line(p, &s, &n)) {
	case LINE_OK:
		return pop3session_dispatch(p, s, n);
	case LINE_LONG:
	case LINE_NUL:
	case LINE_BARECR:
	case LINE_BARELF:
		pop3session_say(p,
		    "-ERR a command is a short line that ends "
		    "with CR LF");
		return ++p->errors < POP3SESSION_ERRORS;
	case LINE_TIMEOUT:
		p->reason = "too slow";
		return 0;
	case LINE_END:
	case LINE_FAILED:
		break;
	}
	p->reason = "the client is gone";
	return 0;
}

/* Sends what is gathered, unless the next command is there
 * already. 0, or -1. */
static int
pop3session_sync(struct pop3session *p)
{
	if (line_ready(&p->in))
		return p->out.failed ? -1 : 0;
	return pop3out_flush(&p->out);
}

void
pop3session_run(struct pop3session *p)
{
	p->reason = "the client is gone";
	pop3out_puts(&p->out, "+OK ");
	pop3out_u64(&p->out, p->drop.n);
	pop3session_say(p, " messages");
	while (pop3session_sync(p) == 0 && pop3session_one(p))
		;
	if (p->errors >= POP3SESSION_ERRORS)
		p->reason = "too many bad commands";
	pop3out_flush(&p->out);
}

void
pop3session_log(const struct pop3session *p)
{
	char text[7][LOG_NUM];

	log_event("logout", "reason", p->reason, "top",
	    log_u64(text[0], p->top), "top-octets",
	    log_u64(text[1], p->top_octets), "retr", log_u64(text[2], p->retr),
	    "retr-octets", log_u64(text[3], p->retr_octets), "del",
	    log_u64(text[4], p->del), "del-octets",
	    log_u64(text[5], p->del_octets), "messages",
	    log_u64(text[6], p->drop.n), (char *)0);
}
