/* SPDX-License-Identifier: ISC */
/* Coverage by prefixes: shares, and which are hidden by longer ones. */
#include "cdb/cover.h"

#include <stdlib.h>

#include "t/tap.h"

static char hidden[64];

static void
note(void *data, uint32_t line)
{
	size_t n = strlen(hidden);

	(void)data;
	snprintf(hidden + n, sizeof hidden - n, "%u ", line);
}

/* Covers by the prefixes of LIST (blanks between), the lines counted from 1. */
static void
cover(struct cover *c, const char *list)
{
	unsigned int plen;
	uint32_t line = 0;
	struct ip ip;
	size_t n;

	cover_init(c);
	hidden[0] = 0;
	for (; *list; list += n + (list[n] != 0)) {
		n = strcspn(list, " ");
		if (!ip_scan_prefix(list, n, &ip, &plen) ||
		    cover_add(c, &ip, plen, ++line) < 0)
			exit(111);
	}
	cover_compute(c, note, 0);
}

static void
test(const char *list, double four, double six, const char *lines)
{
	struct cover c;

	cover(&c, list);
	ok(c.share[0] == four && c.share[1] == six, list);
	is(hidden, lines, "hidden");
	cover_free(&c);
}

int
main(void)
{
	test("", 0, 0, "");
	test("0.0.0.0/0", 1, 0, "");
	test("::/0", 0, 1, "");
	test("0.0.0.0/1 128.0.0.0/1", 1, 0, "");
	test("0.0.0.0/0 0.0.0.0/1 128.0.0.0/1", 1, 0, "1 ");
	test("10.0.0.0/8 10.0.0.0/8 10.1.0.0/16", 1.0 / 256, 0, "");
	test("10.0.0.0/30 10.0.0.0 10.0.0.1 10.0.0.2/31", 1.0 / (1 << 30), 0,
	    "1 ");
	test("10.0.0.2/31 10.0.0.0/30 10.0.0.1 10.0.0.3 10.0.0.0 10.0.0.2",
	    1.0 / (1 << 30), 0, "1 2 ");
	test("10.0.0.0/30 10.0.0.0 10.0.0.1 10.0.0.2", 1.0 / (1 << 30), 0, "");
	test("2001::/16 2001:8000::/17 2001::/17 10.0.0.0/7", 1.0 / 128,
	    1.0 / 65536, "1 ");
	return done();
}
