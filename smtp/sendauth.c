/* SPDX-License-Identifier: ISC */
/* AUTH PLAIN and LOGIN, from the client's side. */
#include "smtp/sendauth.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base64.h"
#include "priv.h"
#include "ucspitls.h"

enum { SENDAUTH_MAX = 255 };

/* Name and password, each ended by NUL, with a NUL before: as PLAIN has it. */
struct sendauth {
	char text[2 * SENDAUTH_MAX + 4];
	const char *name, *password;
};

/* CR LF in S becomes LF. */
static void
sendauth_lines(char *s)
{
	char *to = s;

	for (; *s; s++)
		if (s[0] != '\r' || s[1] != '\n')
			*to++ = *s;
	*to = 0;
}

/* Reads both. 1, or 0: it is not of that form. */
static int
sendauth_read(struct sendauth *a, int fd)
{
	size_t n = 1;
	ssize_t r;
	char *lf;

	while (n < sizeof a->text - 1 &&
	    (r = pread(fd, a->text + n, sizeof a->text - 1 - n, (off_t)n - 1)) >
		0)
		n += (size_t)r;
	close(fd);
	a->text[0] = a->text[n] = 0;
	a->name = a->text + 1;
	if (strlen(a->name) != n - 1)
		return 0;
	sendauth_lines(a->text + 1);
	if (!(lf = strchr(a->text + 1, '\n')))
		return 0;
	*lf = 0;
	a->password = lf + 1;
	if ((lf = strchr(lf + 1, '\n')))
		*lf = 0;
	return *a->name && *a->password;
}

/* Sends N bytes at S in base64 as (the rest of) a line, and reads the reply. */
static int
sendauth_step(struct sendconn *c, const char *before, const char *s, size_t n,
    struct sendconn_reply *r)
{
	char out[BASE64_SIZE(2 * SENDAUTH_MAX + 4)];
	int code;

	base64_encode(out, s, n);
	sendconn_puts(c, before);
	sendconn_puts(c, out);
	sendconn_puts(c, "\r\n");
	code = sendconn_reply(c, SENDCONN_COMMAND, 0, r);
	priv_wipe(out, sizeof out);
	priv_wipe(c->out, sizeof c->out);
	return code;
}

static int
sendauth_login(
    struct sendconn *c, const struct sendauth *a, struct sendconn_reply *r)
{
	sendconn_puts(c, "AUTH LOGIN\r\n");
	if (sendconn_reply(c, SENDCONN_COMMAND, 0, r) < 0)
		return -1;
	if (r->code == 334 &&
	    sendauth_step(c, "", a->name, strlen(a->name), r) < 0)
		return -1;
	if (r->code != 334)
		return 0;
	return sendauth_step(c, "", a->password, strlen(a->password), r);
}

/* A refusal is the administrator's to mend: the mail waits. */
static int
sendauth_refused(struct sendconn *c, struct sendconn_reply *r, const char *why)
{
	if (why)
		sendconn_say(r, 454, "4.7.0", why);
	else
		sendconn_quote(c, r);
	r->code = 454;
	if (r->status[0] != '4')
		snprintf(r->status, sizeof r->status, "4.7.8");
	return -1;
}

int
sendauth(struct sendconn *c, int fd, struct sendconn_reply *r)
{
	struct sendauth a;
	int done = -1, read = sendauth_read(&a, fd);

	if (!read)
		sendauth_refused(
		    c, r, "the file of name and password is not of that form");
	else if (!ucspitls_active())
		sendauth_refused(c, r, "no TLS, so no password is sent");
	else if (c->ext & SENDCONN_PLAIN)
		done = sendauth_step(c, "AUTH PLAIN ", a.text,
		    strlen(a.name) + strlen(a.password) + 2, r);
	else if (c->ext & SENDCONN_LOGIN)
		done = sendauth_login(c, &a, r);
	else
		sendauth_refused(
		    c, r, "the server offers no AUTH that we know");
	priv_wipe(&a, sizeof a);
	if (done < 0)
		return -1;
	return r->code == 235 ? 0 : sendauth_refused(c, r, 0);
}
