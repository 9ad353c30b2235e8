/* SPDX-License-Identifier: ISC */
/* The addresses in a From or Sender field. What an element is (a bare address,
 * or words and an address in angle brackets) shows at its end. */
#include "smtp/mailboxes.h"

#include <string.h>

#include "address.h"

struct smtp_mailboxes_list {
	const char *p, *end;
	size_t n;      /* of text */
	int bracketed; /* text was in angle brackets, which are closed */
	int open;      /* inside of them */
	enum smtp_mailboxes verdict;
	int (*good)(const void *data, const char *address);
	const void *data;
	int found;
	/* the element so far, without comments and blanks; cut */
	char text[ADDRESS_MAX + 2];
};

static void
smtp_mailboxes_worse(struct smtp_mailboxes_list *l, enum smtp_mailboxes v)
{
	if (v > l->verdict)
		l->verdict = v;
}

static void
smtp_mailboxes_keep(struct smtp_mailboxes_list *l, char c)
{
	if (l->bracketed)
		smtp_mailboxes_worse(l, SMTP_MAILBOXES_SYNTAX);
	else if (l->n < sizeof l->text - 1)
		l->text[l->n++] = c;
}

/* A comment, from its '(' on; they nest. */
static void
smtp_mailboxes_comment(struct smtp_mailboxes_list *l)
{
	int depth = 0;

	for (; l->p < l->end; l->p++) {
		if (*l->p == '\\' && l->p + 1 < l->end)
			l->p++;
		else if (*l->p == '(')
			depth++;
		else if (*l->p == ')' && --depth == 0)
			break;
	}
	if (l->p == l->end)
		smtp_mailboxes_worse(l, SMTP_MAILBOXES_SYNTAX);
}

/* From an opening '"' or '[' to CLOSE, which quotes all between. */
static void
smtp_mailboxes_quoted(struct smtp_mailboxes_list *l, char close)
{
	smtp_mailboxes_keep(l, *l->p);
	for (l->p++; l->p < l->end && *l->p != close; l->p++) {
		if (*l->p == '\\' && l->p + 1 < l->end)
			smtp_mailboxes_keep(l, *l->p++);
		smtp_mailboxes_keep(l, *l->p);
	}
	if (l->p == l->end)
		smtp_mailboxes_worse(l, SMTP_MAILBOXES_SYNTAX);
	else
		smtp_mailboxes_keep(l, close);
}

/* An element is complete. */
static void
smtp_mailboxes_element(struct smtp_mailboxes_list *l)
{
	l->text[l->n] = 0;
	if (l->open) {
		smtp_mailboxes_worse(l, SMTP_MAILBOXES_SYNTAX);
	} else if (l->n || l->bracketed) {
		l->found = 1;
		if (!address_valid(l->text, l->n, 1))
			smtp_mailboxes_worse(l, SMTP_MAILBOXES_SYNTAX);
		else if (!l->good(l->data, l->text))
			smtp_mailboxes_worse(l, SMTP_MAILBOXES_OTHER);
	}
	l->n = 0;
	l->bracketed = 0;
}

/* What stood before was a name: of a mailbox, a group, or a source route. */
static void
smtp_mailboxes_name(struct smtp_mailboxes_list *l)
{
	if (l->bracketed)
		smtp_mailboxes_worse(l, SMTP_MAILBOXES_SYNTAX);
	l->n = 0;
}

static void
smtp_mailboxes_angle(struct smtp_mailboxes_list *l, int open)
{
	if (l->open == open)
		smtp_mailboxes_worse(l, SMTP_MAILBOXES_SYNTAX);
	if (open)
		smtp_mailboxes_name(l);
	else
		l->bracketed = 1;
	l->open = open;
}

static void
smtp_mailboxes_step(struct smtp_mailboxes_list *l)
{
	switch (*l->p) {
	case ' ':
	case '\t':
	case '\n':
		break;
	case '(':
		smtp_mailboxes_comment(l);
		break;
	case '"':
		smtp_mailboxes_quoted(l, '"');
		break;
	case '[':
		smtp_mailboxes_quoted(l, ']');
		break;
	case '<':
		smtp_mailboxes_angle(l, 1);
		break;
	case '>':
		smtp_mailboxes_angle(l, 0);
		break;
	case ':':
		smtp_mailboxes_name(l);
		break;
	case ',':
	case ';':
		smtp_mailboxes_element(l);
		break;
	default:
		smtp_mailboxes_keep(l, *l->p);
	}
}

enum smtp_mailboxes
smtp_mailboxes(const char *s, size_t n,
    int (*good)(const void *data, const char *address), const void *data)
{
	struct smtp_mailboxes_list l = {
	    .p = s, .end = s + n, .good = good, .data = data};

	while (l.p < l.end) {
		smtp_mailboxes_step(&l);
		if (l.p < l.end)
			l.p++;
	}
	smtp_mailboxes_element(&l);
	if (!l.found)
		smtp_mailboxes_worse(&l, SMTP_MAILBOXES_NONE);
	return l.verdict;
}
