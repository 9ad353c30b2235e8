/* SPDX-License-Identifier: ISC */
/* AUTHENTICATE PLAIN (RFC 3501, 6.2.2; RFC 4616; RFC 4959: a first response in
 * the command itself). */
#include <string.h>
#include <strings.h>

#include "auth/saslplain.h"
#include "base64.h"
#include "imapfront.h"

/* Asks for the client's response. 1 it is at *S; 0 it gave up or sent a bad
 * line, answered; -1 it is over. */
static int
imapauth_more(struct front *f, const struct imapcmd *c, char **s, size_t *n)
{
	const char *bad;
	int r;

	reply_puts(&f->out, "+ \r\n");
	if ((r = front_line(f, s, n, &bad)) < 0)
		return -1;
	if (r == 0)
		return imapfront_bad(f, c, bad) - 1;
	if (*n != 1 || **s != '*')
		return 1;
	return imapfront_bad(f, c, "AUTHENTICATE is cancelled") - 1;
}

static int
imapauth_plain(struct front *f, struct imapcmd *c, char *s, size_t n)
{
	struct saslplain p;
	long len = base64_decode(s, s, n);

	if (len < 0)
		return imapfront_bad(f, c, "that is no base64");
	switch (saslplain_parse(s, (size_t)len, &p)) {
	case SASLPLAIN_BAD:
		return imapfront_bad(f, c, "that is no PLAIN message");
	case SASLPLAIN_OTHER:
		return imapfront_say(
		    f, c, "NO [AUTHORIZATIONFAILED] one name, please");
	case SASLPLAIN_OK:
		break;
	}
	return imapfront_login(f, c, p.user, p.un, p.password, p.pn);
}

int
imapauth_command(struct front *f, struct imapcmd *c)
{
	char *p = c->args, *end = c->args + c->n, *s;
	size_t n;
	int r;

	if (!front_allowed(f))
		return imapfront_refuse(f, c);
	if (!imapcmd_astring(&p, end, &s, &n))
		return imapfront_bad(f, c, "AUTHENTICATE needs a mechanism");
	if (n != 5 || strncasecmp(s, "PLAIN", 5) != 0)
		return imapfront_say(f, c, "NO no such mechanism");
	if (p < end) {
		if (!imapcmd_space(&p, end) || p == end)
			return imapfront_bad(
			    f, c, "AUTHENTICATE takes one response");
		s = p;
		n = (size_t)(end - p);
		if (n == 1 && *s == '=')
			n = 0;
	} else if ((r = imapauth_more(f, c, &s, &n)) <= 0) {
		return r == 0;
	}
	return imapauth_plain(f, c, s, n);
}
