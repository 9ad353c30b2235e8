/* SPDX-License-Identifier: ISC */
/* AUTH PLAIN and AUTH LOGIN (RFC 5034, RFC 4616) in the front of pop3login. */
#include <string.h>
#include <strings.h>

#include "auth/saslplain.h"
#include "base64.h"
#include "pop3front.h"
#include "priv.h"

static int
pop3auth_refuse(struct front *f, const char *text)
{
	reply_line(&f->out, text, (char *)0);
	return 1;
}

/* Sends a challenge and reads what the client answers. 1; 0 it gave up, or
 * sent a bad line: answered; -1 it is over. */
static int
pop3auth_more(struct front *f, const char *challenge, char **s, size_t *n)
{
	int r;

	reply_line(&f->out, "+ ", challenge, (char *)0);
	if ((r = pop3front_line(f, s, n)) <= 0)
		return r;
	if (*n != 1 || **s != '*')
		return 1;
	pop3auth_refuse(f, "-ERR AUTH is cancelled");
	return 0;
}

/* The message "authzid\0user\0password", decoded where it stands. */
static int
pop3auth_plain(struct front *f, char *s, size_t n)
{
	long len = base64_decode(s, s, n);
	struct saslplain p;

	if (len < 0)
		return pop3auth_refuse(f, "-ERR that is no base64");
	switch (saslplain_parse(s, (size_t)len, &p)) {
	case SASLPLAIN_BAD:
		return pop3auth_refuse(f, "-ERR that is no PLAIN message");
	case SASLPLAIN_OTHER:
		return pop3auth_refuse(f, "-ERR [AUTH] one name, please");
	case SASLPLAIN_OK:
		break;
	}
	return pop3front_login(f, p.user, p.un, p.password, p.pn);
}

/* LOGIN: the name is in F->user (F->user_len), the password is asked for. */
static int
pop3auth_password(struct front *f)
{
	size_t n, un = f->user_len;
	char *s;
	long len;
	int r;

	f->user_len = 0;
	if ((r = pop3auth_more(f, "UGFzc3dvcmQ6", &s, &n)) <= 0)
		return r == 0;
	if ((len = base64_decode(s, s, n)) < 0)
		return pop3auth_refuse(f, "-ERR that is no base64");
	return pop3front_login(f, f->user, un, s, (size_t)len);
}

static int
pop3auth_login(struct front *f, const char *s, size_t n)
{
	char user[POP3CMD_LINE];
	long len;

	len = n <= sizeof user ? base64_decode(user, s, n) : -1;
	if (len < 1 || len > (long)sizeof f->user)
		return pop3auth_refuse(f, "-ERR that is no user name");
	memcpy(f->user, user, (size_t)len);
	f->user_len = (size_t)len;
	return pop3auth_password(f);
}

static int
pop3auth_list(struct front *f)
{
	reply_puts(&f->out, "+OK mechanisms follow\r\n");
	if (front_allowed(f))
		reply_puts(&f->out, "PLAIN\r\nLOGIN\r\n");
	reply_puts(&f->out, ".\r\n");
	return 1;
}

int
pop3auth_command(struct front *f, char *arg)
{
	int plain, r = 1;
	char *s;
	size_t n;

	if (!arg || !*arg)
		return pop3auth_list(f);
	if (!front_allowed(f))
		return pop3front_refuse(f);
	if ((s = strchr(arg, ' ')))
		*s++ = 0;
	plain = strcasecmp(arg, "PLAIN") == 0;
	if (!plain && strcasecmp(arg, "LOGIN") != 0)
		return pop3auth_refuse(f, "-ERR no such mechanism");
	if (s)
		n = strlen(s);
	else
		r = pop3auth_more(f, plain ? "" : "VXNlcm5hbWU6", &s, &n);
	if (r <= 0)
		return r == 0;
	r = plain ? pop3auth_plain(f, s, n) : pop3auth_login(f, s, n);
	priv_wipe(f->in.buf, f->in.size);
	return r;
}
