/* SPDX-License-Identifier: ISC */
/* The texts of limits, and SipHash with values of its paper and reference. */
#include "limit.h"
#include "siphash.h"
#include "t/tap.h"

static void
test_limits(void)
{
	static const struct {
		const char *text;
		int rate, want;
		unsigned long n, seconds;
	} t[] = {
	    {"0", 0, 1, 0, 0},
	    {"20", 0, 1, 20, 0},
	    {"1000", 0, 1, 1000, 0},
	    {"1001", 0, 0, 0, 0},
	    {"99999999999999999999999999", 0, 0, 0, 0},
	    {"", 0, 0, 0, 0},
	    {"-1", 0, 0, 0, 0},
	    {"+1", 0, 0, 0, 0},
	    {" 1", 0, 0, 0, 0},
	    {"1 ", 0, 0, 0, 0},
	    {"1/60", 0, 0, 0, 0},
	    {"None", 0, 0, 0, 0},
	    {"none ", 0, 0, 0, 0},
	    {"30/60", 1, 1, 30, 60},
	    {"0/1", 1, 1, 0, 1},
	    {"10000/86400", 1, 1, 10000, 86400},
	    {"10001/1", 1, 0, 0, 0},
	    {"1/86401", 1, 0, 0, 0},
	    {"1/18446744073709551617", 1, 0, 0, 0},
	    {"30", 1, 0, 0, 0},
	    {"30/", 1, 0, 0, 0},
	    {"/60", 1, 0, 0, 0},
	    {"30/0", 1, 0, 0, 0},
	    {"30//60", 1, 0, 0, 0},
	    {"30/60s", 1, 0, 0, 0},
	    {"", 1, 0, 0, 0},
	};
	struct limit l;
	size_t i;

	for (i = 0; i < sizeof t / sizeof *t; i++) {
		int got = limit_scan(t[i].text, t[i].rate, &l);

		ok(got == t[i].want &&
			(!got ||
			    (!l.none && l.n == t[i].n &&
				l.seconds == t[i].seconds)),
		    t[i].text);
	}
	ok(limit_scan("none", 0, &l) && l.none, "none, a number");
	ok(limit_scan("none", 1, &l) && l.none, "none, a rate");
}

static void
test_siphash(void)
{
	unsigned char key[SIPHASH_KEY], data[15];
	unsigned int i;

	for (i = 0; i < sizeof key; i++)
		key[i] = (unsigned char)i;
	for (i = 0; i < sizeof data; i++)
		data[i] = (unsigned char)i;
	ok(siphash(key, data, 15) == 0xa129ca6149be45e5, "15 bytes");
	ok(siphash(key, data, 0) == 0x726fdb47dd0e0e31, "none");
	ok(siphash(key, data, 8) == 0x93f5f5799a932462, "one word");
}

int
main(void)
{
	test_limits();
	test_siphash();
	return done();
}
