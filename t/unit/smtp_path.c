/* SPDX-License-Identifier: ISC */
/* Tests smtp/path.c and smtp/command.c. */
#include <stdlib.h>

#include "smtp/action.h"
#include "smtp/command.h"
#include "smtp/path.h"
#include "t/tap.h"

/* The verdict on S, and what was found in it, as one string. */
static const char *
path(const char *s)
{
	static char text[400];
	static const char *const verdicts[] = {
	    "ok", "utf8", "null", "local", "syntax", "mailbox"};
	size_t n = strlen(s);
	char *copy = malloc(n + 1);
	enum smtp_path_verdict v;
	struct smtp_path p;

	memcpy(copy, s, n); /* no NUL behind it: nothing may be read there */
	v = smtp_path_read(copy, n, &p);
	if (v == SMTP_PATH_SYNTAX)
		strcpy(text, "syntax");
	else
		snprintf(text, sizeof text, "%s %.*s +%zu", verdicts[v],
		    (int)p.n, p.s, n - p.used);
	free(copy);
	return text;
}

/* Taken apart: VERB|ARG, then |KEYWORD=VALUE for each parameter of ARG. */
static const char *
command(const char *line)
{
	static char text[400];
	char copy[200], *arg, *keyword, *value;
	struct smtp_command c;
	int n, more;

	strcpy(copy, line);
	if (!smtp_command_read(copy, strlen(copy), &c))
		return "bad";
	n = sprintf(text, "%s|%s", c.verb, c.arg);
	arg = c.arg;
	while ((more = smtp_command_param(&arg, &keyword, &value)) > 0)
		n += sprintf(text + n, "|%s=%s", keyword, value ? value : "-");
	if (more < 0)
		strcpy(text + n, "|bad");
	return text;
}

static const char *
xtext(const char *s)
{
	static char copy[100];

	strcpy(copy, s);
	return smtp_command_xtext(copy) ? copy : "bad";
}

static const char *
action(const char *s)
{
	static char text[16 + SMTP_ACTION_TEXT];
	static const char *const verdicts[] = {[SMTP_ACTION_OK] = "ok",
	    [SMTP_ACTION_DUNNO] = "dunno",
	    [SMTP_ACTION_PREPEND] = "prepend ",
	    [SMTP_ACTION_WARN] = "warn ",
	    [SMTP_ACTION_LATER] = "later ",
	    [SMTP_ACTION_SOFTEN] = "soften ",
	    [SMTP_ACTION_BCC] = "bcc ",
	    [SMTP_ACTION_REDIRECT] = "redirect ",
	    [SMTP_ACTION_HOLD] = "hold",
	    [SMTP_ACTION_DISCARD] = "discard ",
	    [SMTP_ACTION_REFUSE] = "refuse "};
	char t[SMTP_ACTION_TEXT] = "";
	enum smtp_action a = smtp_action_read(s, t);

	snprintf(text, sizeof text, "%s%s", verdicts[a], t);
	return text;
}

static void
paths(void)
{
	is(path("<a@b>"), "ok a@b +0", "a mailbox");
	is(path("<a@b> SIZE=1"), "ok a@b +7", "and parameters");
	is(path("<\xc3\xa4@b>"), "utf8 \xc3\xa4@b +0", "beyond ASCII");
	is(path("<a@\xc3\xa4>"), "utf8 a@\xc3\xa4 +0", "in the domain");
	is(path("<\xc3@b>"), "mailbox \xc3@b +0", "not UTF-8");
	is(path("<\xc0\xaf@b>"), "mailbox \xc0\xaf@b +0", "overlong");
	is(path("<>"), "null  +0", "null");
	is(path("<> x"), "null  +2", "null with more");
	is(path("<postMASTER>"), "local postMASTER +0", "postmaster");
	is(path("<@x,@y.z:a@b>"), "ok a@b +0", "source route");
	is(path("<@x:\"@,:\"@b>"), "ok \"@,:\"@b +0", "behind a route");
	is(path("<\"a>b\"@c>"), "ok \"a>b\"@c +0", "'>' in quotes");
	is(path("<\"a\\\">\"@c>"), "ok \"a\\\">\"@c +0", "'\"' in quotes");
	is(path("<a@[127.0.0.1]>"), "ok a@[127.0.0.1] +0", "literal");
	is(path("<a@[IPv6:::1]>"), "ok a@[IPv6:::1] +0", "IPv6 literal");
	is(path(""), "syntax", "nothing");
	is(path("<"), "syntax", "only a bracket");
	is(path("a@b"), "syntax", "no brackets");
	is(path("<a@b"), "syntax", "not closed");
	is(path("<@"), "syntax", "half a route");
	is(path("<@x>"), "syntax", "a route without a mailbox");
	is(path("<@x,:a@b>"), "syntax", "a route that ends with a comma");
	is(path("<@x,y:a@b>"), "syntax", "a hop without '@'");
	is(path("<@:a@b>"), "syntax", "an empty hop");
	is(path("<@x@y:a@b>"), "syntax", "two hops without a comma");
	is(path("<@x:>"), "mailbox  +0", "a route and nothing");
	is(path("<@x:postmaster>"), "mailbox postmaster +0", "route to a name");
	is(path("<a>"), "mailbox a +0", "no domain");
	is(path("<\"a>"), "syntax", "a quote that does not end");
	is(path("<\"a\\"), "syntax", "a backslash at the end");
	is(path("<a@b\n>"), "mailbox a@b\n +0", "a control character");
	is(path("<\"a\tb\"@c>"), "mailbox \"a\tb\"@c +0", "one in quotes");
}

static void
commands(void)
{
	is(command("QUIT"), "QUIT|", "a verb");
	is(command("quit \t "), "QUIT|", "white space at the end");
	is(command("noop  x"), "NOOP| x|X=-",
	    "a second space is the argument's");
	is(command("A b=c d e-1=<f>"), "A|b=c d e-1=<f>|B=c|D=-|E-1=<f>",
	    "parameters");
	is(command("A b=c=d"), "A|b=c=d|bad", "'=' in a value");
	is(command("A b= c"), "A|b= c|bad", "no value");
	is(command("A -b"), "A|-b|bad", "a keyword cannot begin so");
	is(command("A \"b"), "A|\"b|bad", "nor so");
	is(command("A b=\xe4"), "A|b=\xe4|B=\xe4", "octets above 127");
	is(command("A b=\x7f"), "bad", "but not 127");
	is(command(""), "bad", "nothing");
	is(command(" NOOP"), "bad", "a space first");
	is(command("NO\tOP"), "bad", "a control character");
	is(command("N1"), "bad", "a digit in the verb");
	is(command("ABCDEFGH"), "ABCDEFGH|", "the longest verb");
	is(command("ABCDEFGHI x"), "|x|X=-", "one longer");
	is(xtext("a+2Bb+3D"), "a+b=", "xtext");
	is(xtext("a+0Ab"), "bad", "a line feed in it");
	is(xtext("a+"), "bad", "cut off");
	is(xtext("a+2"), "bad", "cut off later");
	is(xtext("a+2b"), "bad", "lower case");
	is(xtext("a=b"), "bad", "'='");
	is(xtext("+7F"), "bad", "DEL");
}

static void
actions(void)
{
	is(action("OK"), "ok", "OK");
	is(action("ok fine"), "ok", "ok with text");
	is(action("OKAY"), "refuse 451 4.3.5 cannot check recipients now",
	    "no such word");
	is(action("dunno"), "dunno", "dunno");
	is(action("REJECT"), "refuse 554 5.7.1 refused by policy", "REJECT");
	is(action("reject 5.1.1 gone"), "refuse 554 5.1.1 gone", "a status");
	is(action("reject 4.1.1 gone"), "refuse 554 5.7.1 4.1.1 gone",
	    "of another class");
	is(action("DEFER x"), "refuse 450 4.7.1 x", "DEFER");
	is(action("450"), "refuse 450 4.7.1 refused by policy", "a code alone");
	is(action("550 5.1.1"), "refuse 550 5.1.1", "code and status");
	is(action("5501 x"), "refuse 451 4.3.5 cannot check recipients now",
	    "no code");
	is(action("250 x"), "refuse 451 4.3.5 cannot check recipients now",
	    "not for a policy to say");
	is(action("PREPEND A: b"), "prepend A: b", "PREPEND");
	is(action("PREPEND A b: c"),
	    "refuse 451 4.3.5 cannot check recipients now", "no field");
	is(action("defer_if_reject"), "soften 450 4.7.1 refused by policy",
	    "DEFER_IF_REJECT");
	is(action("HOLD on"), "hold", "HOLD");
	is(action("BCC a@b.test"), "bcc a@b.test", "BCC");
	is(action("REDIRECT a@b.test"), "redirect a@b.test", "REDIRECT");
	is(action("REDIRECT a@b.test,c@d.test"),
	    "refuse 451 4.3.5 cannot check recipients now", "to one only");
	is(action(""), "refuse 451 4.3.5 cannot check recipients now",
	    "nothing");
}

int
main(void)
{
	paths();
	commands();
	actions();
	return done();
}
