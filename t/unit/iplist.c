/* SPDX-License-Identifier: ISC */
/* iplist_match and iplist_check. */
#include "iplist.h"

#include "t/tap.h"

static int
match(const char *list, const char *address)
{
	struct ip ip;

	return ip_scan(address, &ip) ? iplist_match(list, &ip) : -2;
}

static void
test_patterns(void)
{
	static const struct {
		const char *list, *address;
		int want;
	} t[] = {
	    {"*", "10.1.2.3", 1},
	    {"*", "2001:db8::1", 1},
	    {"", "10.1.2.3", 0},
	    {"10.1.2.3", "10.1.2.3", 1},
	    {"10.1.2.3", "10.1.2.4", 0},
	    {"10.0.0.0/8", "10.200.0.1", 1},
	    {"10.0.0.0/8", "11.0.0.1", 0},
	    {"2001:db8::/32", "2001:db8:1::1", 1},
	    {"0.0.0.0/0", "::1", 0},
	    {"10.0.0.0/8,!10.9.0.0/16", "10.8.0.1", 1},
	    {"10.0.0.0/8,!10.9.0.0/16", "10.9.0.1", 0},
	    {"10.0.0.0/8,!10.9.0.0/16,10.9.1.1", "10.9.1.1", 1},
	    {"!10.9.0.0/16,10.0.0.0/8", "10.9.0.1", 1}, /* the last decides */
	    {"!*", "10.0.0.1", 0},
	    {"*,!::/0", "10.0.0.1", 1},
	    {"*,!::/0", "::1", 0},
	    {"10.*", "10.1.2.3", 1},
	    {"10", "10.1.2.3", 1},
	    {"10.", "10.1.2.3", 1},
	    {"1", "10.1.2.3", 0},
	    {"10.*", "::1", 0},
	    {"*.1", "10.1.2.3", 1},
	    {"*.1.*.4", "10.1.2.3", 0},
	    {"10.0.1-120.5", "10.0.120.5", 1},
	    {"10.0.1-120.5", "10.0.1.5", 1},
	    {"10.0.1-120.5", "10.0.0.5", 0},
	    {"10.0.1-120.5", "10.0.121.5", 0},
	    {"10.0.1-120.5", "10.0.7.6", 0},
	    {"::ffff:10.0.0.0/104", "10.1.1.1", 1},
	    {"10.0.0.0/8", "::ffff:10.0.0.1", 1},
	    {"127.0.0.1,::1", "::1", 1},
	};
	size_t i;

	for (i = 0; i < sizeof t / sizeof *t; i++)
		ok(match(t[i].list, t[i].address) == t[i].want, t[i].list);
}

static void
test_bad(void)
{
	static const char *const t[] = {",", "10.0.0.1,", ",10.0.0.1", "!",
	    "!!10.0.0.1", "x", "10.0.0.1 ", " 10.0.0.1", "256", "10.0.0.0/33",
	    "10.0.0.1/8", "10.5-3", "10.1-", "10.-1", "10..1", "1.2.3.4.5",
	    "1.2.3.4.", "010.1.2.3", "10.0.0.1,y", "2001:db8::g", "**", "1*",
	    "10.0.0.1,!", "1-2-3"};
	const char *bad;
	size_t i;

	for (i = 0; i < sizeof t / sizeof *t; i++) {
		ok(!iplist_check(t[i], &bad), t[i]);
		ok(match(t[i], "10.0.0.1") == -1, "no match from a bad list");
	}
	ok(!iplist_check("10.0.0.1,y,z", &bad), "which pattern");
	is(bad, "y,z", "the first at fault");
	ok(iplist_check("", &bad), "an empty list is one");
}

int
main(void)
{
	test_patterns();
	test_bad();
	return done();
}
