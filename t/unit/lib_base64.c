/* SPDX-License-Identifier: ISC */
/* Tests lib/base64.c and lib/date.c against known answers. */
#include <stdlib.h>

#include "base64.h"
#include "date.h"
#include "t/tap.h"

static void
good(const char *s, const char *plain)
{
	char out[64];
	long n = base64_decode(out, s, strlen(s));

	if (n >= 0)
		out[n] = 0;
	is(n < 0 ? "(refused)" : out, plain, s);
}

static void
bad(const char *s)
{
	char out[64];

	ok(base64_decode(out, s, strlen(s)) == -1, s);
}

static void
date(time_t t, const char *text)
{
	char buf[DATE_SIZE];

	is(date_mail(buf, t), text, text);
}

int
main(void)
{
	char b[] = "AGEAYg==";

	good("", "");
	good("Zg==", "f");
	good("Zm8=", "fo");
	good("Zm9v", "foo");
	good("Zm9vYg==", "foob");
	good("Zm9vYmE=", "fooba");
	good("Zm9vYmFy", "foobar");
	good("Pz8/fn5+", "???~~~");
	bad("Z");
	bad("Zg");
	bad("Zg=");
	bad("Zh==");
	bad("Zm9=");
	bad("Z===");
	bad("====");
	bad("=");
	bad("Zg==Zg==");
	bad("Zm9 ");
	bad("!!!!");
	bad("Zm\n9");
	ok(base64_decode(b, b, 8) == 4 && memcmp(b, "\0a\0b", 4) == 0,
	    "decodes in place, NUL and all");
	date(0, "Thu, 01 Jan 1970 00:00:00 +0000");
	date(951782400, "Tue, 29 Feb 2000 00:00:00 +0000");
	date(951868799, "Tue, 29 Feb 2000 23:59:59 +0000");
	date(1709251200, "Fri, 01 Mar 2024 00:00:00 +0000");
	date(2147483648, "Tue, 19 Jan 2038 03:14:08 +0000");
	date(4107542399, "Sun, 28 Feb 2100 23:59:59 +0000");
	date(4107542400, "Mon, 01 Mar 2100 00:00:00 +0000");
	return done();
}
