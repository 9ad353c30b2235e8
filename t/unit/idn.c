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

static void
exact(const char *domain, const char *want)
{
	char out[IDN_SIZE];
	int r = idn_exact(out, domain);

	ok(want ? r == 1 && strcmp(out, want) == 0 : r == 0, domain);
}

static void
test_exact(void)
{
	exact("example.test", "example.test");
	exact("b\303\274cher.test", "xn--bcher-kva.test");
	exact("stra\303\237e.test", "xn--strae-oqa.test");
	exact("B\303\234CHER.test", 0);
	exact("bu\314\210cher.test", 0); /* not composed */
	exact("b\303\274cher\343\200\202test", 0);
	exact("\357\275\205xample.test", 0);
	exact("\377.test", 0);
}

int
main(void)
{
	char many[300];

	same("example.test", "example.test");
	same("EXAMPLE.test", "EXAMPLE.test");
	same("xn--bcher-kva.test", "xn--bcher-kva.test");
	same("", "");
	same("b\303\274cher.test", "xn--bcher-kva.test");
	same("B\303\234CHER.test", "xn--bcher-kva.test");
	same("bu\314\210cher.test", "xn--bcher-kva.test"); /* not composed */
	same("stra\303\237e.test", "xn--strae-oqa.test");
	same("\344\276\213\345\255\220.test", "xn--fsqu00a.test");
	same("b\303\274cher\343\200\202test", "xn--bcher-kva.test");
	same("a\342\230\203..test", 0);
	same("\377.test", 0);
	same("\314\210a.test", 0);
	test_exact();
	memset(many, 'a', sizeof many);
	many[sizeof many - 1] = 0;
	same(many, 0);
	memcpy(many, "\303\274", 2);
	same(many, 0);
	return done();
}
