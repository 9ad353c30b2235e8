/* SPDX-License-Identifier: ISC */
/* Refusals as lines of each protocol. */
#include "ipcheck/refusal.h"

#include "t/tap.h"

static void
check(const char *protocol, int later, const char *text, const char *want)
{
	char buf[REFUSAL_MAX + 1];
	enum refusal p;
	size_t n;

	if (!ok(refusal_protocol(protocol, &p), protocol))
		return;
	n = refusal_format(buf, p, later, text);
	buf[n] = 0;
	is(buf, want, text);
}

static void
test_long(const char *protocol)
{
	char text[2000], buf[REFUSAL_MAX];
	enum refusal p;
	size_t n;

	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = 0;
	refusal_protocol(protocol, &p);
	n = refusal_format(buf, p, 1, text);
	ok(n == REFUSAL_MAX && memcmp(buf + n - 3, "x\r\n", 3) == 0,
	    "what is too long is cut");
}

int
main(void)
{
	enum refusal p;

	ok(!refusal_protocol("ftp", &p) && !refusal_protocol("", &p),
	    "no such protocol");
	check("line", 0, "busy", "busy\r\n");
	check("line", 1, "", "\r\n");
	check("smtp", 0, "no", "554 5.7.1 no\r\n");
	check("smtp", 1, "no", "421 4.7.0 no\r\n");
	check("smtp", 0, "", "554 5.7.1 \r\n");
	check("smtp", 0, "550 5.7.1 spam", "550 5.7.1 spam\r\n");
	check("smtp", 0, "421 later", "421 later\r\n");
	check("smtp", 1, "554 never", "554 never\r\n");
	check("smtp", 0, "220 welcome", "554 5.7.1 220 welcome\r\n");
	check("smtp", 0, "554-more", "554 5.7.1 554-more\r\n");
	check("smtp", 0, "5", "554 5.7.1 5\r\n");
	check("smtp", 0, "55", "554 5.7.1 55\r\n");
	check("smtp", 0, "590 x", "554 5.7.1 590 x\r\n");
	check("smtp", 0, "a\r\n220 b", "554 5.7.1 a??220 b\r\n");
	check("smtp", 0, "554 a\r\n220 b\t\x7f\x1b\xc3\xa4",
	    "554 a??220 b?????\r\n");
	check("pop3", 0, "no", "-ERR [SYS/PERM] no\r\n");
	check("pop3", 1, "no", "-ERR [SYS/TEMP] no\r\n");
	check("pop3", 0, "-ERR [IN-USE] x", "-ERR [IN-USE] x\r\n");
	check("pop3", 0, "+OK", "-ERR [SYS/PERM] +OK\r\n");
	check("imap", 0, "no", "* BYE no\r\n");
	check("imap", 1, "no", "* BYE [UNAVAILABLE] no\r\n");
	check("imap", 0, "* BYE x", "* BYE x\r\n");
	check("imap", 0, "* OK x", "* BYE * OK x\r\n");
	test_long("line");
	test_long("smtp");
	test_long("pop3");
	test_long("imap");
	return done();
}
