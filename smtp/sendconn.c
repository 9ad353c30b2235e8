/* SPDX-License-Identifier: ISC */
/* Lines to an SMTP server, and its replies. */
#include "smtp/sendconn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "deadline.h"
#include "smtp/sendreply.h"

enum { SENDCONN_READ = 6, SENDCONN_WRITE = 7 };

void
sendconn_init(struct sendconn *c, const char *helo, unsigned int seconds)
{
	c->helo = helo;
	c->seconds = seconds;
	c->ext = 0;
	c->size = 0;
	c->loop = c->broken = c->taken = 0;
	c->out_n = 0;
	line_init(&c->line, SENDCONN_READ, LINE_BUFFER, c->in, sizeof c->in);
}

void
sendconn_say(struct sendconn_reply *r, unsigned int code, const char *status,
    const char *text)
{
	r->code = code;
	snprintf(r->status, sizeof r->status, "%s", status);
	snprintf(r->text, sizeof r->text, "%s", text);
}

void
sendconn_quote(const struct sendconn *c, struct sendconn_reply *r)
{
	char text[SENDCONN_TEXT];

	snprintf(text, sizeof text, "%s", r->text);
	/* cut to what a line of a log or a bounce can hold */
	snprintf(r->text, sizeof r->text, "%.*s said: %u %.*s", 200, c->peer,
	    r->code, 280, text);
}

/* SECONDS from now, or when all must be over. */
static void
sendconn_deadline(const struct sendconn *c, unsigned int seconds, tain *d)
{
	deadline_in(d, seconds < c->seconds ? seconds : c->seconds);
	if (tain_less(&c->end, d))
		*d = c->end;
}

int
sendconn_flush(struct sendconn *c, unsigned int seconds)
{
	tain deadline;

	if (c->broken)
		return -1;
	sendconn_deadline(c, seconds, &deadline);
	if (c->out_n &&
	    deadline_write(SENDCONN_WRITE, c->out, c->out_n, &deadline) != 1)
		c->broken = 1;
	c->out_n = 0;
	return c->broken ? -1 : 0;
}

int
sendconn_put(struct sendconn *c, const char *p, size_t n)
{
	size_t room;

	while (n > 0) {
		if (c->out_n == sizeof c->out &&
		    sendconn_flush(c, SENDCONN_BLOCK) < 0)
			return -1;
		room = sizeof c->out - c->out_n;
		if (room > n)
			room = n;
		memcpy(c->out + c->out_n, p, room);
		c->out_n += room;
		p += room;
		n -= room;
	}
	return c->broken ? -1 : 0;
}

int
sendconn_puts(struct sendconn *c, const char *s)
{
	return sendconn_put(c, s, strlen(s));
}

/* There was no reply. Always -1. */
static int
sendconn_no_reply(struct sendconn *c, struct sendconn_reply *r, const char *why)
{
	char text[SENDCONN_TEXT];

	c->broken = 1;
	snprintf(text, sizeof text, "%s %s", c->peer, why);
	sendconn_say(r, 451, "4.4.2", text);
	return -1;
}

static const char *
sendconn_trouble(enum line_verdict v)
{
	switch (v) {
	case LINE_TIMEOUT:
		return "did not answer in time";
	case LINE_END:
		return "closed the connection";
	case LINE_FAILED:
		return "broke the connection";
	default:
		return "sent what is no SMTP reply";
	}
}

/* One word of the server's answer to EHLO. */
static void
sendconn_extension(struct sendconn *c, const char *s)
{
	static const struct {
		const char *name;
		unsigned int bit;
	} known[] = {{"PIPELINING", SENDCONN_PIPELINING},
	    {"SIZE", SENDCONN_SIZE}, {"8BITMIME", SENDCONN_8BITMIME},
	    {"SMTPUTF8", SENDCONN_SMTPUTF8}, {"DSN", SENDCONN_DSN},
	    {"REQUIRETLS", SENDCONN_REQUIRETLS},
	    {"STARTTLS", SENDCONN_STARTTLS}, {"CHUNKING", SENDCONN_CHUNKING},
	    {"ENHANCEDSTATUSCODES", SENDCONN_ENHANCED}};
	size_t i, n = strcspn(s, " =");

	for (i = 0; i < sizeof known / sizeof *known; i++)
		if (n == strlen(known[i].name) &&
		    strncasecmp(s, known[i].name, n) == 0)
			c->ext |= known[i].bit;
	if (n == 4 && strncasecmp(s, "SIZE", n) == 0)
		c->size = strtoull(s + n, 0, 10);
	if (n != 4 || strncasecmp(s, "AUTH", n) != 0)
		return;
	while (s[n]) {
		s += n + 1;
		n = strcspn(s, " ");
		if (n == 5 && strncasecmp(s, "PLAIN", n) == 0)
			c->ext |= SENDCONN_PLAIN;
		if (n == 5 && strncasecmp(s, "LOGIN", n) == 0)
			c->ext |= SENDCONN_LOGIN;
	}
}

/* What the first line of an answer to EHLO or HELO calls the server. */
static void
sendconn_name(struct sendconn *c, const char *s)
{
	size_t n = strcspn(s, " ");

	if (n == strlen(c->helo) && strncasecmp(s, c->helo, n) == 0)
		c->loop = 1;
}

int
sendconn_reply(struct sendconn *c, unsigned int seconds, int extensions,
    struct sendconn_reply *r)
{
	enum line_verdict v;
	unsigned int lines = 0;
	tain deadline;
	char *s;
	size_t n;
	int more;

	r->code = 0;
	r->text[0] = r->status[0] = 0;
	if (c->broken || sendconn_flush(c, seconds) < 0)
		return sendconn_no_reply(c, r, "broke the connection");
	sendconn_deadline(c, seconds, &deadline);
	do {
		v = line_read(&c->line, &s, &n, &deadline);
		if (v != LINE_OK && v != LINE_BARELF)
			return sendconn_no_reply(c, r, sendconn_trouble(v));
		if (++lines > SENDCONN_LINES ||
		    (more = sendreply_line(r, s, n)) < 0)
			return sendconn_no_reply(
			    c, r, "sent what is no SMTP reply");
		if (extensions && lines == 1)
			sendconn_name(c, n > 4 ? s + 4 : "");
		else if (extensions && r->code == 250 && n > 4)
			sendconn_extension(c, s + 4);
	} while (more);
	sendreply_finish(r);
	return 0;
}
