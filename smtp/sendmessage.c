/* SPDX-License-Identifier: ISC */
/* One message over a connection to a server. */
#include "smtp/sendmessage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "log.h"
#include "smtp/sendbody.h"
#include "smtp/sendmime.h"
#include "smtp/sendparams.h"

/* The commands of a message by number: MAIL, one RCPT each, DATA or BDAT. */
struct sendmessage_talk {
	struct sendconn *c;
	struct sendmessage *m;
	struct sendbody_facts facts;
	struct mime_plan plan; /* of what is: */
	unsigned int unwanted; /* by the server, and can be encoded */
	size_t sent, read, accepted;
	int mail, data; /* accepted; of data, that the message may follow */
	const char
	    *chunk; /* or null: all of the message, which goes with BDAT */
	size_t chunk_n;
	int over; /* the server has got it, and the transaction is at its end */
	int utf8; /* SMTPUTF8 is needed */
};

/* The result R for all that have none yet; 2xx of RCPT is none. */
static void
sendmessage_all(struct sendmessage *m, const struct sendconn_reply *r)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		if (m->result[i].code < 400)
			m->result[i] = *r;
}

/* Makes of the reply R a result: it names the server, and what has no place
 * here is a temporary failure. */
static void
sendmessage_judge(struct sendconn *c, struct sendconn_reply *r, int good)
{
	if (r->code == 421)
		c->broken = 1;
	sendconn_quote(c, r);
	if (r->code >= 400 || good)
		return;
	r->code = 451;
	memcpy(r->status, "4.5.0", 6);
}

/* 1 if SMTPUTF8 is asked for, or an address needs it: an alias can lead to one
 * that the sender never saw. */
static int
sendmessage_utf8(const struct sendmessage *m)
{
	const char *from = m->envelope->from, *to;
	size_t i;

	if (m->envelope->smtputf8 ||
	    (*from && !address_valid(from, strlen(from), 0)))
		return 1;
	for (i = 0; i < m->n; i++) {
		to = m->to[i].address;
		if (!address_valid(to, strlen(to), 0))
			return 1;
	}
	return 0;
}

/* Finds out what of the message must be encoded for this server: 8-bit text,
 * and lines that are too long, unless it is signed by DKIM and they alone would
 * break that. 0, or -1: it cannot be read. */
static int
sendmessage_fit(struct sendmessage_talk *t)
{
	int eight = t->facts.eightbit && !(t->c->ext & SENDCONN_8BITMIME);
	size_t at = t->m->envelope->body;

	if (!eight && !t->facts.long_line)
		return 0;
	if (sendmime_look(t->m->fd, at, &t->plan) < 0)
		return -1;
	if (eight && !t->plan.no_eight)
		t->unwanted |= MIME_EIGHT;
	if (t->plan.all & MIME_LONG && !t->plan.no_long &&
	    (t->unwanted || !t->plan.signature))
		t->unwanted |= MIME_LONG;
	if (!t->unwanted)
		return 0;
	return sendbody_measure_fit(
	    t->m->fd, at, t->unwanted, &t->plan, &t->facts);
}

/* It has 8-bit text that the server does not take. */
static void
sendmessage_eight(const struct sendmessage_talk *t, struct sendconn_reply *r)
{
	char text[SENDCONN_TEXT];

	snprintf(text, sizeof text,
	    "the message has 8-bit text, the server lacks 8BITMIME, and it "
	    "cannot be encoded: %s",
	    t->plan.no_eight);
	sendconn_say(r, 554, "5.6.3", text);
}

/* What the server lacks to take this message. 1, with R; 0 nothing. */
static int
sendmessage_lacks(const struct sendmessage_talk *t, struct sendconn_reply *r)
{
	const struct envelope *e = t->m->envelope;
	unsigned int ext = t->c->ext;

	if (e->requiretls &&
	    (!(ext & SENDCONN_REQUIRETLS) || !sendparams_verified()))
		sendconn_say(r, 550, "5.7.30",
		    "the message asks for REQUIRETLS, which the server lacks");
	else if (t->utf8 && !(ext & SENDCONN_SMTPUTF8))
		sendconn_say(r, 553, "5.6.7",
		    "the message needs SMTPUTF8, which the server lacks");
	else if (t->facts.eightbit && !(ext & SENDCONN_8BITMIME))
		sendmessage_eight(t, r);
	else if (t->c->size && t->facts.octets > t->c->size)
		sendconn_say(r, 552, "5.3.4",
		    "the message is larger than the server takes");
	else
		return 0;
	return 1;
}

static void
sendmessage_command(struct sendmessage_talk *t, size_t k)
{
	const struct envelope *e = t->m->envelope;
	char number[LOG_NUM];

	if (k == 0)
		sendparams_mail(
		    t->c, e, t->facts.octets, t->facts.eightbit, t->utf8);
	else if (k <= t->m->n)
		sendparams_rcpt(t->c, &t->m->to[k - 1]);
	else if (!t->chunk)
		sendconn_puts(t->c, "DATA\r\n");
	else {
		sendconn_puts(t->c, "BDAT ");
		sendconn_puts(t->c, log_u64(number, t->chunk_n));
		sendconn_puts(t->c, " LAST\r\n");
		sendconn_put(t->c, t->chunk, t->chunk_n);
	}
}

/* Takes the reply R to command K. */
static void
sendmessage_reply(
    struct sendmessage_talk *t, size_t k, struct sendconn_reply *r)
{
	int good = r->code / 100 == 2;

	if (k <= t->m->n) {
		sendmessage_judge(t->c, r, good);
		if (k == 0) {
			t->mail = good;
			if (!good)
				sendmessage_all(t->m, r);
		} else if (t->mail) {
			t->m->result[k - 1] = *r;
			t->accepted += (size_t)good;
		}
		return;
	}
	t->data = !t->chunk && r->code == 354;
	if (t->data)
		return;
	t->over = t->chunk && good && t->accepted;
	sendmessage_judge(t->c, r, t->over);
	sendmessage_all(t->m, r);
}

/* All commands up to DATA and their replies. 0, or -1 broken, R says why. */
static int
sendmessage_commands(struct sendmessage_talk *t, struct sendconn_reply *r)
{
	size_t all = t->m->n + 2, window;

	window = t->c->ext & SENDCONN_PIPELINING ? SENDMESSAGE_WINDOW : 1;
	while (t->read < all) {
		while (t->sent < all && t->sent < t->read + window) {
			/* no DATA where it is known to be for nobody */
			if (t->sent == t->read && t->read > 0 &&
			    (!t->mail || (t->sent == all - 1 && !t->accepted)))
				return 0;
			sendmessage_command(t, t->sent++);
		}
		while (t->read < t->sent) {
			if (sendconn_reply(t->c,
				t->read < all - 1 ? SENDCONN_COMMAND
				    : t->chunk    ? SENDCONN_DOT
						  : SENDCONN_DATA,
				0, r) < 0)
				return -1;
			sendmessage_reply(t, t->read++, r);
			if (t->c->broken)
				return -1;
		}
	}
	return 0;
}

/* The message after 354, and what comes of it. */
static void
sendmessage_data(struct sendmessage_talk *t, struct sendconn_reply *r)
{
	int sent;

	if (!t->accepted) {
		/* DATA was under way already: nothing, for nobody */
		sendconn_puts(t->c, ".\r\n");
		sendconn_reply(t->c, SENDCONN_DOT, 0, r);
		return;
	}
	sent = sendbody_send(
	    t->c, t->m->fd, t->m->envelope->body, t->unwanted, &t->plan);
	if (sent > 0) {
		t->c->broken = 1;
		sendconn_say(r, 451, "4.3.0", "the message cannot be read");
	} else if (sendconn_reply(t->c, SENDCONN_DOT, 0, r) == 0) {
		t->over = r->code / 100 == 2;
		sendmessage_judge(t->c, r, t->over);
	}
	sendmessage_all(t->m, r);
}

/* A small message goes along with its commands, which saves a round trip; but
 * not the first one, as a server that takes none of a stranger says so to RCPT.
 * 0, or -1: it cannot be read. */
static int
sendmessage_chunk(struct sendmessage_talk *t)
{
	static char chunk[SENDMESSAGE_CHUNK];
	const unsigned int both = SENDCONN_CHUNKING | SENDCONN_PIPELINING;
	int r;

	if ((t->c->ext & both) != both || !t->c->taken ||
	    t->facts.octets > SENDMESSAGE_CHUNK)
		return 0;
	r = sendbody_chunk(t->m->fd, t->m->envelope->body, t->unwanted,
	    &t->plan, chunk, sizeof chunk, &t->chunk_n);
	if (r > 0)
		t->chunk = chunk;
	return r < 0 ? -1 : 0;
}

/* A message that was begun and not sent is forgotten. */
static void
sendmessage_reset(struct sendconn *c, struct sendconn_reply *r)
{
	if (c->broken)
		return;
	sendconn_puts(c, "RSET\r\n");
	if (sendconn_reply(c, SENDCONN_COMMAND, 0, r) == 0 && r->code != 250)
		c->broken = 1;
}

void
sendmessage(struct sendconn *c, struct sendmessage *m)
{
	struct sendmessage_talk t = {
	    .c = c, .m = m, .utf8 = sendmessage_utf8(m)};
	struct sendconn_reply r;
	size_t i;

	for (i = 0; i < m->n; i++)
		m->result[i].code = 0;
	if (sendbody_measure(m->fd, m->envelope->body, &t.facts) < 0 ||
	    sendmessage_fit(&t) < 0 || sendmessage_chunk(&t) < 0) {
		sendconn_say(&r, 451, "4.3.0", "the message cannot be read");
		sendmessage_all(m, &r);
		return;
	}
	if (sendmessage_lacks(&t, &r)) {
		sendmessage_all(m, &r);
		return;
	}
	if (sendmessage_commands(&t, &r) < 0)
		sendmessage_all(m, &r);
	else if (t.data)
		sendmessage_data(&t, &r);
	else if (!t.over)
		sendmessage_reset(c, &r);
	c->taken |= t.over;
}
