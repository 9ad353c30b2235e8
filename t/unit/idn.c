/* SPDX-License-Identifier: ISC */
/* Tests lib/idn.c. */
#include <string.h>

#include "idn.h"
#include "t/tap.h"

static void
same(const char *domain, const char *want)
{
	char out[IDN_SIZE];
	int r = idn_ascii(out, domain);

	ok(want ? r == 1 && strcmp(out, want) == 0 : r == 0, domain);
}

int
main(void)
{
	char many[300];

	same("example.test", "example.test");
	same("EXAMPLE.test", "EXAMPLE.test");
	same("xn--bcher-kva.test", "xn--bcher-kva.test");
	same("", "");
	same("b\xc3\xbc"
	   "cher.test",
	    "xn--bcher-kva.test");
	same("B\xc3\x9c"
	   "CHER.test",
	    "xn--bcher-kva.test");
	same("bu\xcc\x88"
	   "cher.test",
	    "xn--bcher-kva.test"); /* not composed */
	same("stra\xc3\x9f"
	   "e.test",
	    "xn--strae-oqa.test");
	same("\xe4\xbe\x8b\xe5\xad\x90.test", "xn--fsqu00a.test");
	same("b\xc3\xbc"
	   "cher\xe3\x80\x82test",
	    "xn--bcher-kva.test");
	same("a\xe2\x98\x83..test", 0);
	same("\xff.test", 0);
	same("\xcc\x88"
	   "a.test",
	    0);
	memset(many, 'a', sizeof many);
	many[sizeof many - 1] = 0;
	same(many, 0);
	memcpy(many, "\xc3\xbc", 2);
	same(many, 0);
	return done();
}
