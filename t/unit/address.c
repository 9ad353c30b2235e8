/* SPDX-License-Identifier: ISC */
/* Tests of lib/address: syntax and keys. */
#include "address.h"

#include <stdlib.h>

#include "t/tap.h"

static int
valid(const char *s)
{
	return address_valid(s, strlen(s), 0);
}

static void
keyed(const char *in, const char *out)
{
	char key[ADDRESS_MAX + 1];

	ok(address_key(key, in), in);
	is(key, out, out);
}

int
main(void)
{
	static const char *const good[] = {"a@b", "a.b+c@example.org",
	    "\"a b\"@example.org", "\"a\\\"b\"@x.test", "a@[192.0.2.1]",
	    "a@[IPv6:2001:db8::1]", "!#$%&'*+-/=?^_`{|}~@x"};
	static const char *const bad[] = {"", "a", "@b", "a@", "a b@c",
	    "a..b@c", ".a@c", "a.@c", "a@-b", "a@b-", "a@b..c", "a@b.", "\"a@b",
	    "a@b@c", "a@[1.2.3]", "a@[2001:db8::1]", "a\n@b", "\"a\nb\"@c",
	    "a@b\n", "a@[IPv6:1.2.3.4]", "a@b_c"};
	char longest[ADDRESS_MAX + 2];
	size_t i;

	for (i = 0; i < sizeof good / sizeof *good; i++)
		ok(valid(good[i]), good[i]);
	for (i = 0; i < sizeof bad / sizeof *bad; i++)
		ok(!valid(bad[i]), bad[i]);
	memset(longest, 'a', sizeof longest);
	ok(!address_valid(longest, sizeof longest, 0), "far too long");
	longest[64] = '@';
	ok(address_valid(longest, 64 + 1 + 63, 0), "64 octets, 63 octets");
	ok(!address_valid(longest, 64 + 1 + 64, 0), "a label of 64");
	ok(address_valid("\xc3\xa9@\xc3\xa9.test", 10, 1), "UTF-8");
	ok(!address_valid("\xc3\xa9@x.test", 9, 0), "UTF-8 not asked for");
	ok(!address_valid("\xc0\xaf@x.test", 9, 1), "overlong UTF-8");
	keyed("Alice@Example.TEST", "alice@example.test");
	keyed("\303\204@B\303\274cher.test", "\303\204@xn--bcher-kva.test");
	keyed("a@\357\275\205xample.test", "a@\357\275\205xample.test");
	keyed("@b\303\274cher.test", "@xn--bcher-kva.test");
	keyed("\"alice\"@example.test", "alice@example.test");
	keyed("\"al\\ice\"@example.test", "alice@example.test");
	keyed("\"a b\"@example.test", "\"a b\"@example.test");
	keyed("\"a@b\"@example.test", "\"a@b\"@example.test");
	is(address_domain("\"a@b\"@example.test"), "example.test", "domain");
	return done();
}
