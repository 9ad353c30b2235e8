/* SPDX-License-Identifier: ISC */
/* The header of a message on its way through. */
#include "smtp/header.h"

#include <string.h>
#include <strings.h>

void
smtp_header_init(struct smtp_header *h, smtp_header_sink *sink, void *data)
{
	h->sink = sink;
	h->data = data;
	h->date = h->message_id = h->from = 0;
	h->mend = 0;
	h->received = 0;
	h->state = SMTP_HEADER_LINE;
	h->drop = h->note = 0;
	h->author_n = h->n = 0;
}

void
smtp_header_mend(struct smtp_header *h, const char *date,
    const char *message_id, const char *from)
{
	h->mend = 1;
	h->date = date;
	h->message_id = message_id;
	h->from = from;
}

static void
smtp_header_note(struct smtp_header *h, const char *p, size_t n)
{
	if (n > SMTP_HEADER_AUTHOR - h->author_n)
		n = SMTP_HEADER_AUTHOR - h->author_n;
	memcpy(h->author + h->author_n, p, n);
	h->author_n += n;
}

static int
smtp_header_add(struct smtp_header *h, const char *line)
{
	return line ? h->sink(h->data, line, strlen(line)) : 0;
}

/* The header is over: adds what is missing. */
static int
smtp_header_finish(struct smtp_header *h)
{
	h->state = SMTP_HEADER_BODY;
	if (smtp_header_add(h, h->from) < 0 || smtp_header_add(h, h->date) < 0)
		return -1;
	return smtp_header_add(h, h->message_id);
}

/* Length of the field name in start, or 0 if no field begins so. */
static size_t
smtp_header_name(const struct smtp_header *h)
{
	size_t n = 0, i;

	while (n < h->n && h->start[n] > ' ' && h->start[n] < 127 &&
	    h->start[n] != ':')
		n++;
	i = n;
	while (i < h->n && (h->start[i] == ' ' || h->start[i] == '\t'))
		i++;
	return i == h->n || h->start[i] == ':' ? n : 0;
}

/* A field begins, whose name has N bytes. */
static void
smtp_header_field(struct smtp_header *h, size_t n)
{
#define IS(name) (n == sizeof name - 1 && strncasecmp(h->start, name, n) == 0)
	h->state = SMTP_HEADER_FIELD;
	h->drop = h->mend && (IS("Bcc") || IS("Resent-Bcc"));
	h->note = h->mend &&
	    (IS("From") || IS("Sender") || IS("Resent-From") ||
		IS("Resent-Sender"));
	if (h->note)
		smtp_header_note(h, ",", 1);
	if (IS("Received"))
		h->received++;
	else if (IS("From"))
		h->from = 0;
	else if (IS("Date"))
		h->date = 0;
	else if (IS("Message-ID"))
		h->message_id = 0;
#undef IS
}

/* Enough of a line is in start to tell what it is. */
static int
smtp_header_judge(struct smtp_header *h)
{
	size_t n = h->n, name = smtp_header_name(h);

	if (h->start[0] == ' ' || h->start[0] == '\t') {
		h->state = SMTP_HEADER_FIELD; /* more of the field before */
		if (h->note)
			smtp_header_note(h, h->start, n);
	} else if (name > 0) {
		smtp_header_field(h, name);
	} else {
		h->drop = 0;
		if (smtp_header_finish(h) < 0)
			return -1;
		/* text without the empty line before it stays text */
		if (h->mend && h->start[0] != '\n' &&
		    h->sink(h->data, "\n", 1) < 0)
			return -1;
	}
	h->n = 0;
	return h->drop ? 0 : h->sink(h->data, h->start, n);
}

/* Gathers a line's start, from P on. The bytes taken, or -1. */
static long
smtp_header_line(struct smtp_header *h, const char *p, size_t n)
{
	size_t i;
	char c;

	for (i = 0; i < n;) {
		c = h->start[h->n++] = p[i++];
		if (c == ':' || c == '\n' || h->n == SMTP_HEADER_START ||
		    (h->n == 1 && (c == ' ' || c == '\t'))) {
			if (smtp_header_judge(h) < 0)
				return -1;
			break;
		}
	}
	return (long)i;
}

/* The rest of a field's line, from P on. The bytes taken, or -1. */
static long
smtp_header_rest(struct smtp_header *h, const char *p, size_t n)
{
	const char *lf = memchr(p, '\n', n);

	if (lf) {
		n = (size_t)(lf - p) + 1;
		h->state = SMTP_HEADER_LINE;
	}
	if (h->note)
		smtp_header_note(h, p, n);
	if (!h->drop && h->sink(h->data, p, n) < 0)
		return -1;
	return (long)n;
}

int
smtp_header_put(struct smtp_header *h, const char *p, size_t n)
{
	long taken;

	while (n > 0 && h->state != SMTP_HEADER_BODY) {
		if (h->state == SMTP_HEADER_LINE)
			taken = smtp_header_line(h, p, n);
		else
			taken = smtp_header_rest(h, p, n);
		if (taken < 0)
			return -1;
		p += taken;
		n -= (size_t)taken;
	}
	return n > 0 ? h->sink(h->data, p, n) : 0;
}

int
smtp_header_end(struct smtp_header *h)
{
	return h->state == SMTP_HEADER_BODY ? 0 : smtp_header_finish(h);
}
