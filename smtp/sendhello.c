/* SPDX-License-Identifier: ISC */
/* How a session with a server begins. */
#include "smtp/sendhello.h"

#include <stdio.h>

#include "deadline.h"
#include "smtp/sendauth.h"
#include "ucspitls.h"

enum { SENDHELLO_HANDSHAKE = 60 };

/* Waits for the greeting. */
static int
sendhello_greeting(struct sendconn *c, struct sendconn_reply *r)
{
	if (sendconn_reply(c, SENDCONN_GREETING, 0, r) < 0)
		return -1;
	if (r->code == 220)
		return 0;
	sendconn_quote(c, r);
	if (r->code < 400) { /* nonsense, which may pass */
		r->code = 451;
		snprintf(r->status, sizeof r->status, "4.5.0");
	}
	return -1;
}

/* EHLO, or HELO for a server that does not know that. */
static int
sendhello_hello(struct sendconn *c, struct sendconn_reply *r)
{
	static const char *const verbs[] = {"EHLO ", "HELO "};
	size_t i;

	c->ext = 0;
	c->size = 0;
	for (i = 0; i < 2; i++) {
		sendconn_puts(c, verbs[i]);
		sendconn_puts(c, c->helo);
		sendconn_puts(c, "\r\n");
		if (sendconn_reply(c, SENDCONN_COMMAND, 1, r) < 0)
			return -1;
		if (r->code < 500)
			break;
	}
	if (i > 0)
		c->ext = 0;
	if (c->loop) {
		sendconn_say(r, 554, "5.4.6",
		    "mail loops: the server there is this one");
		return -1;
	}
	if (r->code == 250)
		return 0;
	sendconn_quote(c, r);
	if (r->code < 400)
		sendconn_say(r, 451, "4.5.0", "no sensible answer to EHLO");
	return -1;
}

/* TLS, if it is offered on both sides. */
static enum sendhello_verdict
sendhello_tls(struct sendconn *c, struct sendconn_reply *r)
{
	tain deadline;

	if (!ucspitls_offered() || !(c->ext & SENDCONN_STARTTLS))
		return SENDHELLO_READY;
	sendconn_puts(c, "STARTTLS\r\n");
	if (sendconn_reply(c, SENDCONN_COMMAND, 0, r) < 0)
		return SENDHELLO_FAILED;
	if (r->code != 220)
		return SENDHELLO_READY; /* no TLS after all */
	/* what the server said ahead of the handshake is not believed: bytes
	 * read already would be lost, and the handshake fails */
	if (line_pending(&c->line)) {
		sendconn_say(r, 451, "4.7.0",
		    "the server sent more than the answer to STARTTLS");
		c->broken = 1;
		return SENDHELLO_FAILED;
	}
	deadline_in(&deadline, SENDHELLO_HANDSHAKE);
	if (ucspitls_start_at(6, 7, &deadline) < 0)
		return SENDHELLO_TLS;
	return sendhello_hello(c, r) < 0 ? SENDHELLO_FAILED : SENDHELLO_READY;
}

enum sendhello_verdict
sendhello(struct sendconn *c, int auth, struct sendconn_reply *r)
{
	enum sendhello_verdict v;

	if (sendhello_greeting(c, r) < 0 || sendhello_hello(c, r) < 0)
		return SENDHELLO_FAILED;
	if ((v = sendhello_tls(c, r)) != SENDHELLO_READY)
		return v;
	if (!ucspitls_active() && ucspitls_policy() == UCSPITLS_REQUIRE) {
		snprintf(r->text, sizeof r->text,
		    "TLS is required, and %s does not offer it "
		    "(starttls-not-supported)",
		    c->peer);
		r->code = 451;
		snprintf(r->status, sizeof r->status, "4.7.4");
		return SENDHELLO_FAILED;
	}
	ucspitls_decline();
	if (auth >= 0 && sendauth(c, auth, r) < 0)
		return SENDHELLO_FAILED;
	return SENDHELLO_READY;
}
