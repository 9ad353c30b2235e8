/* SPDX-License-Identifier: ISC */
/* DATA, and BDAT (RFC 3030): the two ways of sending a message. */
#include <string.h>
#include <strings.h>

#include "deadline.h"
#include "log.h"
#include "smtp/decide.h"
#include "smtp/replies.h"
#include "smtp/verbs.h"

enum { SMTP_CHUNK_DIGITS = 18 };

void
smtp_verb_data(struct smtp_session *s, char *arg)
{
	const char *why = s->message.open ? SMTP_IN_BDAT
	    : s->t.binary                 ? SMTP_IN_BINARY
	    : !s->t.rcpts                 ? SMTP_NO_RCPT
					  : 0;

	(void)arg;
	if (!why && !smtp_allowed(s, SMTP_AT_DATA)) {
		smtp_reset(s);
		return;
	}
	if (!why)
		why = smtp_message_open(s, UNSTUFF_DOTS);
	if (why) {
		smtp_error(s, why);
		return;
	}
	smtp_say(s, SMTP_DATA_GO);
	if (reply_flush(&s->out) < 0)
		s->end = SMTP_CLOSED;
	while (s->end == SMTP_GO_ON && s->message.text.state != UNSTUFF_END)
		smtp_message_more(s, SIZE_MAX);
	if (s->end == SMTP_GO_ON)
		smtp_message_close(s);
}

/* Reads "SIZE" or "SIZE LAST". 1, or 0. */
static int
smtp_chunk_read(const char *arg, uint64_t *n, int *last)
{
	const char *p;

	*n = 0;
	for (p = arg; *p >= '0' && *p <= '9'; p++) {
		if (p - arg == SMTP_CHUNK_DIGITS)
			return 0;
		*n = *n * 10 + (uint64_t)(*p - '0');
	}
	*last = strcasecmp(p, " LAST") == 0;
	return p > arg && (*last || !*p);
}

/* Reads a chunk of N bytes that is not wanted. */
static void
smtp_chunk_skip(struct smtp_session *s, uint64_t n)
{
	size_t some;
	tain end;
	char *p;

	if (n / 4 > s->size_max) {
		smtp_close(s, SMTP_TOO_BIG);
		return;
	}
	deadline_in(&end, SMTP_DATA_SECONDS);
	while (
	    n > 0 && s->end == SMTP_GO_ON && smtp_bytes(s, &p, &some, &end)) {
		if (some > n)
			some = (size_t)n;
		line_take(&s->in, some);
		n -= some;
	}
}

/* How far a chunk goes, which nobody can tell from a wrong command: what
 * comes behind that would be read as commands. */
static int
smtp_chunk_need(struct smtp_session *s, const char *arg, uint64_t *n, int *last)
{
	if (smtp_chunk_read(arg, n, last))
		return 1;
	smtp_close(s, SMTP_BDAT_SYNTAX);
	return 0;
}

/* A chunk of N bytes that is refused: read, and then answered. */
static void
smtp_chunk_refuse(struct smtp_session *s, uint64_t n, const char *why)
{
	smtp_chunk_skip(s, n);
	if (s->end != SMTP_GO_ON)
		return;
	/* the chunks behind a refused one are no mistakes of their own */
	s->junk++;
	smtp_say(s, why);
}

void
smtp_bdat_refuse(struct smtp_session *s, const char *arg, const char *why)
{
	uint64_t n;
	int last;

	if (smtp_chunk_need(s, arg, &n, &last))
		smtp_chunk_refuse(s, n, why);
}

/* A chunk is complete, and not the last. One that is refused ends the
 * transaction (RFC 3030, 2): what else of the message was sent already finds
 * none. */
static void
smtp_chunk_answer(struct smtp_session *s, uint64_t n)
{
	const char *why = smtp_message_fault(s);
	char octets[LOG_NUM];

	if (!n)
		s->junk++;
	if (why) {
		smtp_error(s, why);
		smtp_reset(s);
		return;
	}
	reply_line(&s->out, "250 2.0.0 ", log_u64(octets, n), " octets taken",
	    (char *)0);
}

/* The message that a chunk of N bytes belongs to, open. 1; 0 the chunk was
 * refused. */
static int
smtp_chunk_open(struct smtp_session *s, uint64_t n)
{
	uint64_t before = s->message.open ? s->message.text.size : 0;
	const char *why = 0;

	if (!s->t.rcpts)
		why = SMTP_NO_RCPT;
	else if (before + n > s->size_max)
		why = SMTP_TOO_BIG;
	else if (!s->message.open && !smtp_allowed(s, SMTP_AT_DATA))
		smtp_chunk_skip(s, n); /* behind its reply */
	else if (s->message.open ||
	    !(why = smtp_message_open(s, UNSTUFF_CHUNKS)))
		return 1;
	if (why)
		smtp_chunk_refuse(s, n, why);
	smtp_reset(s);
	return 0;
}

void
smtp_verb_bdat(struct smtp_session *s, char *arg)
{
	uint64_t n, left;
	int last;

	if (!smtp_chunk_need(s, arg, &n, &last) || !smtp_chunk_open(s, n))
		return;
	for (left = n; left > 0 && s->end == SMTP_GO_ON;)
		left -= smtp_message_more(s, left);
	if (s->end != SMTP_GO_ON)
		return;
	if (last)
		smtp_message_close(s);
	else
		smtp_chunk_answer(s, n);
}
