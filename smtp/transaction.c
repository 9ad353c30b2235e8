/* SPDX-License-Identifier: ISC */
/* One mail transaction: what MAIL and RCPT said. */
#include "smtp/transaction.h"

#include <errno.h>
#include <stdio.h>
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
	if (t->notify || t->orcpt)
		t->noted += strlen(t->to + t->to_n) + strlen(notify) +
		    (t->orcpt ? strlen(t->orcpt) : 0) +
		    sizeof "to \nnotify \norcpt \n";
	t->to_n += strlen(t->to + t->to_n) + 1;
	smtp_transaction_put(t, notify);
	smtp_transaction_put(t, t->orcpt ? t->orcpt : "");
	t->rcpts++;
}

int
smtp_transaction_bcc(struct smtp_transaction *t, const char *address)
{
	size_t n = strlen(address) + 1;
	const char *s;

	for (s = t->bcc; s < t->bcc + t->bcc_n; s += strlen(s) + 1)
		if (strcmp(s, address) == 0)
			return 1;
	if (n > ADDRESS_MAX + 1 || t->bcc_n + n > sizeof t->bcc)
		return 0;
	memcpy(t->bcc + t->bcc_n, address, n);
	t->bcc_n += n;
	return 1;
}

/* One more recipient, ADDRESS, of whom the sender is told nothing. */
static void
smtp_transaction_more(struct smtp_transaction *t, const char *address)
{
	if (t->rcpts == QUEUE_RECIPIENTS)
		return;
	strcpy(t->to + t->to_n, address);
	t->notify = SMTP_NOTIFY_NEVER;
	t->orcpt = 0;
	smtp_transaction_add(t);
}

void
smtp_transaction_settle(struct smtp_transaction *t)
{
	const char *s;

	if (*t->redirect) {
		t->rcpts = 0;
		t->to_n = t->noted = 0;
		smtp_transaction_more(t, t->redirect);
	}
	for (s = t->bcc; s < t->bcc + t->bcc_n; s += strlen(s) + 1)
		smtp_transaction_more(t, s);
}

const char *
smtp_transaction_next(const char *to)
{
	int i;

	for (i = 0; i < 3; i++)
		to += strlen(to) + 1;
	return to;
}

/* Tells LINE of every line of the envelope that says something. 0, or -1 as
 * LINE does. */
static int
smtp_transaction_lines(const struct smtp_transaction *t,
    int (*line)(void *data, const char *name, const char *value), void *data)
{
	const struct {
		const char *name, *value;
	} about[] = {
	    {"body", t->body},
	    {"smtputf8", t->utf8 ? "yes" : 0},
	    {"hold", t->hold ? "yes" : 0},
	    {"requiretls", t->requiretls ? "yes" : 0},
	    {"ret", t->ret},
	    {"envid", t->envid},
	};
	static const char *const names[] = {"to", "notify", "orcpt"};
	const char *s = t->to;
	size_t i;

	for (i = 0; i < sizeof about / sizeof *about; i++)
		if (about[i].value && *about[i].value &&
		    line(data, about[i].name, about[i].value) < 0)
			return -1;
	for (i = 0; i < 3 * (size_t)t->rcpts; i++, s += strlen(s) + 1)
		if (*s && line(data, names[i % 3], s) < 0)
			return -1;
	return 0;
}

static int
smtp_transaction_line(void *q, const char *name, const char *value)
{
	return strcmp(name, "to") == 0 ? queue_to(q, value)
				       : queue_note(q, name, value);
}

int
smtp_transaction_write(const struct smtp_transaction *t, struct queue_out *q)
{
	return smtp_transaction_lines(t, smtp_transaction_line, q);
}

/* Where the notes grow, and a recipient that may have none. */
struct smtp_transaction_text {
	char *p;
	size_t room;
	const char *to;
};

static int
smtp_transaction_print(
    struct smtp_transaction_text *x, const char *name, const char *value)
{
	int n = snprintf(x->p, x->room, "%s %s\n", name, value);

	if (n < 0 || (size_t)n >= x->room) {
		errno = E2BIG;
		return -1;
	}
	x->p += n;
	x->room -= (size_t)n;
	return 0;
}

static int
smtp_transaction_text(void *data, const char *name, const char *value)
{
	struct smtp_transaction_text *x = data;

	if (strcmp(name, "to") == 0) {
		x->to = value;
		return 0;
	}
	if (x->to && smtp_transaction_print(x, "to", x->to) < 0)
		return -1;
	x->to = 0;
	return smtp_transaction_print(x, name, value);
}

int
smtp_transaction_notes(const struct smtp_transaction *t, char *out)
{
	struct smtp_transaction_text x = {.p = out, .room = SMTP_NOTES_SIZE};

	*out = 0;
	return smtp_transaction_lines(t, smtp_transaction_text, &x);
}

void
smtp_transaction_clear(struct smtp_transaction *t)
{
	/* what follows prepend is empty when the counts are */
	memset(t, 0, offsetof(struct smtp_transaction, prepend));
}
