/* SPDX-License-Identifier: ISC */
/* Policies of MTA-STS (RFC 8461, 3): what is one, its record, its hosts; and the
 * answer of mtasts. */
#include "smtp/stspolicy.h"

#include "smtp/routests.h"
#include "t/tap.h"

static struct stspolicy p;

static const char *
parse(const char *text)
{
	return stspolicy_parse(&p, text, strlen(text));
}

#define HEAD "version: STSv1\nmode: enforce\n"

static void
policies(void)
{
	ok(!parse("version: STSv1\r\nmode: enforce\r\nmx: a.example\r\n"
		  "max_age: 604800\r\n"),
	    "a policy with CR LF");
	ok(p.mode == STSPOLICY_ENFORCE && p.max_age == 604800 && p.n == 1,
	    "is read");
	ok(!parse("version:STSv1 \nmode:\ttesting\t\nmx:*.B.example\nx-y.z: w\n"
		  "max_age:0"),
	    "LF, blanks, extensions, no end of line");
	is(p.mx[0], "*.b.example", "a pattern");
	ok(!parse(HEAD "mode: none\nmx: a\nmax_age: 1\nmax_age: 2\n") &&
		p.mode == STSPOLICY_ENFORCE && p.max_age == 1,
	    "of two, the first one counts");
	ok(!parse("version: STSv1\nmode: none\nmax_age: 9999999999\n") &&
		p.max_age == STSPOLICY_AGE,
	    "none needs no host; a long time is cut");
	is(parse(""), "version, mode or max_age is missing", "nothing");
	is(parse(HEAD "max_age: 1\n"), "it names no mx", "no host");
	is(parse(HEAD "mx: a\n"), "version, mode or max_age is missing",
	    "no time");
	is(parse("mode: enforce\nversion: STSv1\n"),
	    "it does not begin with version: STSv1", "the version is first");
	is(parse("version: STSv2\n"), "it does not begin with version: STSv1",
	    "another version");
	is(parse(HEAD "what\n"), "a line without a colon", "no colon");
	is(parse(HEAD "a b: c\n"), "a field without a name", "no name");
	is(parse(HEAD "max_age: -1\n"), "max_age is no number", "no number");
	is(parse(HEAD "max_age: 12345678901\n"), "max_age is no number",
	    "eleven digits");
	is(parse(HEAD "mx: a..b\n"), "an mx line names no host", "no name");
	is(parse(HEAD "mx: *\n"), "an mx line names no host", "a star alone");
	is(parse(HEAD "mx: a.*.b\n"), "an mx line names no host",
	    "a star inside");
	is(parse("version: STSv1\nmode: never\n"), "unknown mode", "a mode");
	is(parse(HEAD "x: \001\n"), "a control character", "control");
	is(stspolicy_parse(&p, HEAD "x: \0\n", sizeof HEAD + 4),
	    "a control character", "NUL");
}

static void
hosts(void)
{
	parse(HEAD "mx: a.example\nmx: *.b.example\nmax_age: 1\n");
	ok(stspolicy_match(&p, "a.example"), "the host");
	ok(stspolicy_match(&p, "A.Example."), "in any case");
	ok(!stspolicy_match(&p, "x.a.example"), "none below it");
	ok(stspolicy_match(&p, "x.b.example"), "one label for the star");
	ok(!stspolicy_match(&p, "x.y.b.example"), "not two");
	ok(!stspolicy_match(&p, "b.example"), "not none");
	ok(!stspolicy_match(&p, "xb.example"), "not a part of one");
	ok(!stspolicy_match(&p, "192.0.2.1"), "no address");
}

static void
records(void)
{
	char id[STSPOLICY_ID] = "";

	ok(stspolicy_txt("v=STSv1; id=20160831085700Z;", id) == 1, "a record");
	is(id, "20160831085700Z", "and its id");
	ok(stspolicy_txt("v=STSv1;x=y; id=a", id) == 1, "another field first");
	is(id, "a", "and the id");
	ok(stspolicy_txt("v=STSv1; id=", id) == -1, "an empty id");
	ok(stspolicy_txt("v=STSv1; id=a-b", id) == -1, "what is none");
	ok(stspolicy_txt("v=STSv1; id=123456789012345678901234567890123", id) ==
		-1,
	    "too long");
	ok(stspolicy_txt("v=STSv1", id) == -1, "no id");
	ok(stspolicy_txt("v=STSv10; id=1", id) == 0, "another version");
	ok(stspolicy_txt("v=spf1 -all", id) == 0, "something else");
}

static void
answers(void)
{
	static struct routests s;
	char good[] = "mode testing\nid 1\nmx a.example\nfailed x y z\nend\n";
	char cut[] = "mode enforce\nmx a.example\n";
	char other[] = "mx a.example\nend\n";
	char mode[] = "mode what\nend\n";

	ok(routests_parse(&s, good) == 0 && s.policy.n == 1 &&
		s.policy.mode == STSPOLICY_TESTING,
	    "an answer");
	is(s.failed, "x y z", "with what failed");
	ok(routests_parse(&s, cut) < 0, "one that is cut");
	ok(routests_parse(&s, other) < 0, "one without mode");
	ok(routests_parse(&s, mode) < 0, "one with another mode");
}

int
main(void)
{
	policies();
	hosts();
	records();
	answers();
	return done();
}
