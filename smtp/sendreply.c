/* SPDX-License-Identifier: ISC */
/* The lines of a reply put together. */
#include "smtp/sendreply.h"

#include <stdio.h>
#include <string.h>

/* The length of an enhanced status of class CLASS at S, or 0. */
static size_t
sendreply_status(const char *s, char class)
{
	size_t n = 1, digits, part;

	if (s[0] != class)
		return 0;
	for (part = 0; part < 2; part++) {
		if (s[n++] != '.')
			return 0;
		digits = strspn(s + n, "0123456789");
		if (digits < 1 || digits > 3)
			return 0;
		n += digits;
	}
	return s[n] == ' ' || !s[n] ? n : 0;
}

/* Appends S to the text, without control characters and what is not ASCII: it
 * goes into logs and bounces. */
static void
sendreply_text(struct sendconn_reply *r, const char *s)
{
	size_t n = strlen(r->text);

	if (n && n < sizeof r->text - 1)
		r->text[n++] = ' ';
	for (; *s && n < sizeof r->text - 1; s++)
		r->text[n++] = *s < ' ' || *s > '~' ? '?' : *s;
	r->text[n] = 0;
}

int
sendreply_line(struct sendconn_reply *r, const char *s, size_t n)
{
	unsigned int code = 0;
	size_t i, skip = 0;

	if (n < 3 || s[0] < '2' || s[0] > '5')
		return -1;
	for (i = 0; i < 3; i++) {
		if (s[i] < '0' || s[i] > '9')
			return -1;
		code = code * 10 + (unsigned int)(s[i] - '0');
	}
	if ((n > 3 && s[3] != ' ' && s[3] != '-') ||
	    (r->code && r->code != code))
		return -1;
	r->code = code;
	if (n <= 4)
		return s[3] == '-';
	/* each line may repeat the status */
	if (r->status[0] && (skip = sendreply_status(s + 4, s[0])))
		skip += s[4 + skip] == ' ';
	else if ((i = sendreply_status(s + 4, s[0])) > 0 && !r->text[0]) {
		snprintf(r->status, sizeof r->status, "%.*s", (int)i, s + 4);
		skip = i + (s[4 + i] == ' ');
	}
	sendreply_text(r, s + 4 + skip);
	return s[3] == '-';
}

void
sendreply_finish(struct sendconn_reply *r)
{
	if (!r->status[0])
		snprintf(r->status, sizeof r->status, "%u.0.0", r->code / 100);
}
