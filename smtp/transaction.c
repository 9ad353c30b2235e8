/* SPDX-License-Identifier: ISC */
/* One mail transaction: what MAIL and RCPT said. */
#include "smtp/transaction.h"

#include <string.h>

/* Puts S behind the recipients so far. */
static void
smtp_transaction_put(struct smtp_transaction *t, const char *s)
{
	strcpy(t->to + t->to_n, s);
	t->to_n += strlen(s) + 1;
}

static void
smtp_transaction_notify(char *text, unsigned int notify)
{
	static const struct {
		unsigned int bit;
		const char *word;
	} words[] = {
	    {SMTP_NOTIFY_NEVER, "never"},
	    {SMTP_NOTIFY_SUCCESS, "success"},
	    {SMTP_NOTIFY_FAILURE, "failure"},
	    {SMTP_NOTIFY_DELAY, "delay"},
	};
	size_t i;

	*text = 0;
	for (i = 0; i < sizeof words / sizeof *words; i++)
		if (notify & words[i].bit) {
			if (*text)
				strcat(text, ",");
			strcat(text, words[i].word);
		}
}

void
smtp_transaction_add(struct smtp_transaction *t)
{
	char notify[SMTP_NOTIFY_TEXT];

	smtp_transaction_notify(notify, t->notify);
	t->to_n += strlen(t->to + t->to_n) + 1;
	smtp_transaction_put(t, notify);
	smtp_transaction_put(t, t->orcpt ? t->orcpt : "");
	t->rcpts++;
}

const char *
smtp_transaction_next(const char *to)
{
	int i;

	for (i = 0; i < 3; i++)
		to += strlen(to) + 1;
	return to;
}

/* A line of the envelope, if there is something to say. */
static int
smtp_transaction_note(struct queue_out *q, const char *name, const char *value)
{
	return value && *value ? queue_note(q, name, value) : 0;
}

int
smtp_transaction_write(const struct smtp_transaction *t, struct queue_out *q)
{
	const char *s = t->to;
	unsigned int i;

	if (smtp_transaction_note(q, "body", t->body) < 0 ||
	    smtp_transaction_note(q, "smtputf8", t->utf8 ? "yes" : 0) < 0 ||
	    smtp_transaction_note(q, "requiretls", t->requiretls ? "yes" : 0) <
		0 ||
	    smtp_transaction_note(q, "ret", t->ret) < 0 ||
	    smtp_transaction_note(q, "envid", t->envid) < 0)
		return -1;
	for (i = 0; i < t->rcpts; i++) {
		if (queue_to(q, s) < 0)
			return -1;
		s += strlen(s) + 1;
		if (smtp_transaction_note(q, "notify", s) < 0)
			return -1;
		s += strlen(s) + 1;
		if (smtp_transaction_note(q, "orcpt", s) < 0)
			return -1;
		s += strlen(s) + 1;
	}
	return 0;
}

void
smtp_transaction_clear(struct smtp_transaction *t)
{
	/* what follows prepend is empty when the counts are */
	memset(t, 0, offsetof(struct smtp_transaction, prepend));
}
