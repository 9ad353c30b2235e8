/* SPDX-License-Identifier: ISC */
/* Tests smtp/mailboxes.c (with smtp/header.c, which gathers what it reads) and
 * smtp/words.c. */
#include "smtp/mailboxes.h"

#include <string.h>

#include "smtp/header.h"
#include "smtp/words.h"
#include "t/tap.h"

static int
good(const void *data, const char *address)
{
	return strcmp(address, data) == 0;
}

static enum smtp_mailboxes
list(const char *s)
{
	return smtp_mailboxes(s, strlen(s), good, "a@b.test");
}

static int
sink(void *data, const char *p, size_t n)
{
	(void)data;
	(void)p;
	(void)n;
	return 0;
}

/* What HEADER says of authors. */
static const char *
authors(const char *header)
{
	static struct smtp_header h;
	static char text[SMTP_HEADER_AUTHOR + 1];

	smtp_header_init(&h, sink, 0);
	smtp_header_mend(&h, "", "", "From: x\n");
	smtp_header_put(&h, header, strlen(header));
	smtp_header_end(&h);
	memcpy(text, h.author, h.author_n);
	text[h.author_n] = 0;
	return text;
}

static void
lists(void)
{
	enum {
		OK = SMTP_MAILBOXES_OK,
		NONE = SMTP_MAILBOXES_NONE,
		OTHER = SMTP_MAILBOXES_OTHER,
		SYNTAX = SMTP_MAILBOXES_SYNTAX
	};
	static const struct {
		const char *s;
		int v;
	} t[] = {
	    {"a@b.test", OK},
	    {" <a@b.test>\n", OK},
	    {"Alice <a@b.test>", OK},
	    {"\"x@y.test\" <a@b.test>", OK},
	    {"\"x, <y@z.test>, \\\" \" <a@b.test>", OK},
	    {"x (c (d) \\) , y@z.test) <a@b.test>", OK},
	    {"a@b.test (<x@y.test>)", OK},
	    {"a @ b.test", OK},
	    {"<a@\n b.test>", OK},
	    {"A: a@b.test, <a@b.test>;, a@b.test", OK},
	    {"<@x.test,@y.test:a@b.test>", SYNTAX},
	    {"<@x.test:a@b.test>", OK},
	    {",,a@b.test,", OK},
	    {"=?utf-8?q?x?= <a@b.test>", OK},
	    {"\xc3\xa4 <a@b.test>", OK},
	    {"", NONE},
	    {" \n,", NONE},
	    {"nobody:;", NONE},
	    {"x@y.test", OTHER},
	    {"a@b.test <x@y.test>", OTHER},
	    {"a@b.test, x@y.test", OTHER},
	    {"x@y.test, a@b.test", OTHER},
	    {"a@b.test, Bob <x@y.test>", OTHER},
	    {"A: a@b.test, x@y.test;", OTHER},
	    {"(a@b.test) x@y.test", OTHER},
	    {"\"a@b.test\"@y.test", OTHER},
	    {"<x@y.test> a@b.test", SYNTAX},
	    {"<a@b.test> <x@y.test>", SYNTAX},
	    {"<a@b.test", SYNTAX},
	    {"a@b.test>", SYNTAX},
	    {"<<a@b.test>>", SYNTAX},
	    {"<>", SYNTAX},
	    {"Alice", SYNTAX},
	    {"Alice a@b.test", OTHER},
	    {"\"a@b.test", SYNTAX},
	    {"(a@b.test", SYNTAX},
	    {"a@b.test\r x@y.test", SYNTAX},
	    {"a@b.test x@y.test", SYNTAX},
	    {"a@[127.0.0.1", SYNTAX},
	};
	size_t i;

	for (i = 0; i < sizeof t / sizeof *t; i++)
		ok((int)list(t[i].s) == t[i].v, t[i].s);
}

static void
headers(void)
{
	is(authors("From: a\n"), ", a\n", "From");
	is(authors("frOM : a,\n\tb\nTo: c\n d\nSender: e\n\nFrom: f\n"),
	    ", a,\n\tb\n, e\n", "folded, and Sender; not in the text");
	is(authors("From: a\nFrom: b\n"), ", a\n, b\n", "twice");
	is(authors("Resent-From: a\nX-From: b\n"), ", a\n", "Resent-From");
	is(authors("Subject: x\n"), "", "none");
}

static const char *
words(const char *s)
{
	static char text[200];
	char copy[100], *word[4];
	int n, i;

	strcpy(copy, s);
	if ((n = smtp_words(copy, word, 3)) < 0)
		return "bad";
	*text = 0;
	for (i = 0; i < n; i++)
		sprintf(text + strlen(text), "[%s]", word[i]);
	return word[n] ? "no end" : text;
}

int
main(void)
{
	lists();
	headers();
	is(words(" a  b\tc "), "[a][b][c]", "blanks");
	is(words(""), "", "nothing");
	is(words("'a b' \"c'd\" e\"f g\"h"), "[a b][c'd][ef gh]", "quotes");
	is(words("a\\ b '\\' \"\\\"\""), "[a b][\\][\"]", "backslashes");
	is(words("'' \"\""), "[][]", "empty words");
	is(words("a b c d"), "bad", "too many");
	is(words("'a"), "bad", "an open quote");
	is(words("$x *;|`"), "[$x][*;|`]", "no shell");
	return done();
}
