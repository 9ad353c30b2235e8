/* SPDX-License-Identifier: ISC */
/* tlsa_scan, tlsa_scan_pin and tlsa_usable. */
#include "tlsa.h"

#include "t/tap.h"

#define H32 "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF"

static void
test_records(void)
{
	static const struct {
		const char *s;
		int scans, usable;
		size_t n;
	} t[] = {
	    {"3 1 1 " H32, 1, 1, 32},
	    {"2 0 1 " H32, 1, 1, 32},
	    {"3 1 2 " H32 H32, 1, 1, 64},
	    {"3  1  1  " H32, 1, 1, 32},
	    {"3 1 1 00112233 445566778899aabbccddeeff "
	     "00112233445566778899AABBCCDDEEFF",
		1, 1, 32},
	    {"3 0 0 30", 1, 1, 1},
	    {"1 1 1 " H32, 1, 0, 32}, /* PKIX usages are not for mail */
	    {"0 0 1 " H32, 1, 0, 32},
	    {"3 2 1 " H32, 1, 0, 32},
	    {"3 1 3 " H32, 1, 0, 32},
	    {"3 1 1 " H32 "00", 1, 0, 33},
	    {"3 1 2 " H32, 1, 0, 32},
	    {"255 255 255 00", 1, 0, 1},
	    {"256 1 1 " H32, 0, 0, 0},
	    {"4294967299 1 1 " H32, 0, 0, 0},
	    {"-3 1 1 " H32, 0, 0, 0},
	    {" 3 1 1 " H32, 0, 0, 0},
	    {"3 1 1", 0, 0, 0},
	    {"3 1 1 ", 0, 0, 0},
	    {"3 1 " H32, 0, 0, 0},
	    {"3 1 1 " H32 "0", 0, 0, 0},
	    {"3 1 1 " H32 " ", 0, 0, 0},
	    {"3 1 1 0 0", 0, 0, 0},
	    {"3 1 1 0x00", 0, 0, 0},
	    {"3 1 1 00:11", 0, 0, 0},
	    {"3\t1 1 00", 0, 0, 0},
	    {"", 0, 0, 0},
	};
	struct tlsa r;
	size_t i;

	for (i = 0; i < sizeof t / sizeof *t; i++) {
		ok(tlsa_scan(t[i].s, &r) == t[i].scans, t[i].s);
		if (!t[i].scans)
			continue;
		ok(r.n == t[i].n, "its length");
		ok(tlsa_usable(&r) == t[i].usable, "whether it is usable");
	}
	ok(tlsa_scan("3 1 2 aBfF00", &r) && r.usage == 3 && r.selector == 1 &&
		r.type == 2 && memcmp(r.data, "\xab\xff\0", 3) == 0,
	    "all of a record");
}

static void
test_pins(void)
{
	struct tlsa r;

	ok(tlsa_scan_pin(H32, &r) && r.usage == 3 && r.selector == 0 &&
		r.type == 1 && r.n == 32,
	    "the digest of a certificate");
	ok(tlsa_scan_pin("sha256:" H32, &r) && r.selector == 0, "told so");
	ok(tlsa_scan_pin("spki:" H32, &r) && r.selector == 1, "of a key");
	ok(tlsa_scan_pin("00:11:2233445566778899aabbccddeeff:"
			 "00112233445566778899aabbccddeeff",
	       &r),
	    "with colons");
	ok(!tlsa_scan_pin("", &r), "nothing");
	ok(!tlsa_scan_pin("spki:", &r), "nothing of a key");
	ok(!tlsa_scan_pin(H32 "00", &r), "too long");
	ok(!tlsa_scan_pin("0011", &r), "too short");
	ok(!tlsa_scan_pin("sha1:" H32, &r), "another digest");
	ok(!tlsa_scan_pin(H32 ":", &r), "a colon at the end");
}

static void
test_maximum(void)
{
	static char s[6 + 2 * TLSA_DATA_MAX + 3];
	struct tlsa r;

	memset(s, '0', sizeof s - 1);
	memcpy(s, "3 0 0 ", 6);
	ok(!tlsa_scan(s, &r), "more than the maximum");
	s[6 + 2 * TLSA_DATA_MAX] = 0;
	ok(tlsa_scan(s, &r) && r.n == TLSA_DATA_MAX, "the maximum");
}

int
main(void)
{
	test_records();
	test_pins();
	test_maximum();
	return done();
}
