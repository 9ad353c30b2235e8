/* SPDX-License-Identifier: ISC */
/* proxyhead_scan and proxyhead_begins: good and bad headers. */
#include "ipcheck/proxyhead.h"

#include "t/tap.h"

#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"
#define A4        "\300\0\2\1\300\0\2\2\1\2\0\31" /* addresses and ports */
#define A16       "\40\1\15\270\0\0\0\0\0\0\0\0\0\0\0"
#define A6        A16 "\1" A16 "\2\1\2\0\31"
#define MAPPED    "\0\0\0\0\0\0\0\0\0\0\377\377\300\0\2"
#define BYTES(s)  s, sizeof(s) - 1

static int
scan(struct proxyhead *h, const char *p, size_t n)
{
	return proxyhead_scan(h, (const unsigned char *)p, n);
}

/* All that a header says, as text. */
static const char *
said(const struct proxyhead *h)
{
	static char text[256];
	char a[IP_FMT], b[IP_FMT];

	if (!h->named)
		return "nobody";
	snprintf(text, sizeof text, "%s %u %s %u", ip_fmt(a, &h->remote),
	    h->remote_port, ip_fmt(b, &h->local), h->local_port);
	return text;
}

static const struct {
	const char *bytes;
	size_t n;
	const char *want;
} good[] = {
    {BYTES("PROXY TCP4 192.0.2.1 192.0.2.2 258 25\r\n"),
	"192.0.2.1 258 192.0.2.2 25"},
    {BYTES("PROXY TCP4 255.255.255.255 0.0.0.0 65535 0\r\n"),
	"255.255.255.255 65535 0.0.0.0 0"},
    {BYTES("PROXY TCP6 2001:DB8:0::1 2001:db8::2 258 25\r\n"),
	"2001:db8::1 258 2001:db8::2 25"},
    {BYTES("PROXY TCP6 ::ffff:192.0.2.1 ::1 258 25\r\n"),
	"192.0.2.1 258 ::1 25"},
    {BYTES("PROXY UNKNOWN\r\n"), "nobody"},
    {BYTES("PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
	   "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n"),
	"nobody"},
    {BYTES(SIGNATURE "\41\21\0\14" A4), "192.0.2.1 258 192.0.2.2 25"},
    {BYTES(SIGNATURE "\41\41\0\44" A6), "2001:db8::1 258 2001:db8::2 25"},
    {BYTES(SIGNATURE "\41\41\0\44" MAPPED "\1" MAPPED "\2\1\2\0\31"),
	"192.0.2.1 258 192.0.2.2 25"},
    {BYTES(SIGNATURE "\41\21\0\26" A4 "\4\0\4abcd\4\0\0"),
	"192.0.2.1 258 192.0.2.2 25"},
    {BYTES(SIGNATURE "\40\0\0\0"), "nobody"},
    {BYTES(SIGNATURE "\40\21\0\14" A4), "nobody"},
    {BYTES(SIGNATURE "\40\377\0\2??"), "nobody"},
    {BYTES(SIGNATURE "\41\0\0\0"), "nobody"},
    {BYTES(SIGNATURE "\41\0\0\3\4\0\0"), "nobody"},
};

/* Each is good when whole, needs more when cut anywhere, and ends where it
 * ends. */
static void
test_good(void)
{
	struct proxyhead h;
	char more[PROXYHEAD_MAX];
	size_t i, n, cut;

	for (i = 0; i < sizeof good / sizeof *good; i++) {
		n = good[i].n;
		for (cut = 0; cut < n && scan(&h, good[i].bytes, cut) == 0 &&
		     h.len > cut && h.len <= n;
		     cut++)
			;
		ok(cut == n, "cut anywhere");
		memcpy(more, good[i].bytes, n);
		memcpy(more + n, "\r\n", 2);
		ok(scan(&h, more, n + 2) == 1 && h.len == n, "whole");
		is(said(&h), good[i].want, "what it says");
	}
}

static const struct {
	const char *bytes;
	size_t n;
	const char *why;
} bad[] = {
    {BYTES("E"), "no header"},
    {BYTES("EHLO a.example\r\n"), "no header"},
    {BYTES("proxy TCP4 "), "no header"},
    {BYTES("PROXY\tTCP4 "), "no header"},
    {BYTES("PROXY\r\n"), "no header"},
    {BYTES("PROXY \r\n"), "neither TCP4, TCP6 nor UNKNOWN"},
    {BYTES("PROXY  TCP4 192.0.2.1 192.0.2.2 1 2\r\n"),
	"neither TCP4, TCP6 nor UNKNOWN"},
    {BYTES("PROXY UDP4 192.0.2.1 192.0.2.2 1 2\r\n"),
	"neither TCP4, TCP6 nor UNKNOWN"},
    {BYTES("PROXY UNKNOWNS\r\n"), "neither TCP4, TCP6 nor UNKNOWN"},
    {BYTES("PROXY TCP4 192.0.2.1 192.0.2.2 1 2\n"), "a byte that is not text"},
    {BYTES("PROXY TCP4 192.0.2.1\0"), "a byte that is not text"},
    {BYTES("PROXY TCP4 192.0.2.1\t"), "a byte that is not text"},
    {BYTES("PROXY UNKNOWN \33"), "a byte that is not text"},
    {BYTES("PROXY UNKNOWN \377"), "a byte that is not text"},
    {BYTES("PROXY UNKNOWN\rx"), "CR without LF"},
    {BYTES("PROXY TCP4 192.0.2.1 192.0.2.2 1\r\n"), "too few fields"},
    {BYTES("PROXY TCP4\r\n"), "too few fields"},
    {BYTES("PROXY TCP4 192.0.2.1 192.0.2.2 1 2 \r\n"), "too many fields"},
    {BYTES("PROXY TCP4 192.0.2.1 192.0.2.2 1 2 3\r\n"), "too many fields"},
    {BYTES("PROXY TCP4 ::1 ::1 1 2\r\n"), "no address of the family"},
    {BYTES("PROXY TCP6 192.0.2.1 ::1 1 2\r\n"), "no address of the family"},
    {BYTES("PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n"), "no address of the family"},
    {BYTES("PROXY TCP4 192.0.2.256 192.0.2.2 1 2\r\n"),
	"no address of the family"},
    {BYTES("PROXY TCP4 192.0.2.1  1 2\r\n"), "no address of the family"},
    {BYTES("PROXY TCP4 192.0.2.1 192.0.2.2 65536 2\r\n"), "no port number"},
    {BYTES("PROXY TCP4 192.0.2.1 192.0.2.2 000001 2\r\n"), "no port number"},
    {BYTES("PROXY TCP4 192.0.2.1 192.0.2.2 01 2\r\n"), "no port number"},
    {BYTES("PROXY TCP4 192.0.2.1 192.0.2.2 1 -2\r\n"), "no port number"},
    {BYTES("PROXY TCP4 192.0.2.1 192.0.2.2 1 \r\n"), "no port number"},
    {BYTES("\r\n\r\n\n"), "no header"},
    {BYTES(SIGNATURE "\21\21\0\14" A4), "unknown version or command"},
    {BYTES(SIGNATURE "\42\21\0\14" A4), "unknown version or command"},
    {BYTES(SIGNATURE "\41\21\2\11"), "too long"},
    {BYTES(SIGNATURE "\40\0\377\377"), "too long"},
    {BYTES(SIGNATURE "\41\22\0\14" A4), "not for a TCP connection"},
    {BYTES(SIGNATURE "\41\42\0\44" A6), "not for a TCP connection"},
    {BYTES(SIGNATURE "\41\62\0\0"), "not for a TCP connection"},
    {BYTES(SIGNATURE "\41\101\0\0"), "not for a TCP connection"},
    {BYTES(SIGNATURE "\41\21\0\0"), "too short for its addresses"},
    {BYTES(SIGNATURE "\41\41\0\14" A4), "too short for its addresses"},
    {BYTES(SIGNATURE "\41\61\0\14" A4), "too short for its addresses"},
    {BYTES(SIGNATURE "\41\21\0\16" A4 "\4\0"), "an extension beyond the end"},
    {BYTES(SIGNATURE "\41\21\0\17" A4 "\4\0\1"), "an extension beyond the end"},
    {BYTES(SIGNATURE "\41\21\0\17" A4 "\4\377\377"),
	"an extension beyond the end"},
};

static void
test_bad(void)
{
	struct proxyhead h;
	size_t i;

	for (i = 0; i < sizeof bad / sizeof *bad; i++) {
		ok(scan(&h, bad[i].bytes, bad[i].n) == -1, "refused");
		is(h.bad, bad[i].why, "and why");
	}
}

/* The longest line, the longest header, and one byte more. */
static void
test_limits(void)
{
	static char p[PROXYHEAD_MAX + 1] = SIGNATURE "\41\61\2\10";
	struct proxyhead h;
	char line[109];

	memset(line, 'x', sizeof line);
	memcpy(line, "PROXY UNKNOWN ", 14);
	memcpy(line + 105, "\r\n", 2);
	ok(scan(&h, line, 107) == 1, "107 bytes of line");
	memcpy(line + 105, "x\r\n", 3);
	ok(scan(&h, line, 105) == 0, "105 without an end: more");
	ok(scan(&h, line, 106) == -1, "106 without an end: refused");
	is(h.bad, "line too long", "and why");
	memset(p + 16, 0, sizeof p - 16);
	memcpy(p + 16 + 216, "\4\1\55", 3); /* the rest is one extension */
	ok(scan(&h, p, PROXYHEAD_MAX - 1) == 0, "a byte too few of 536");
	ok(scan(&h, p, PROXYHEAD_MAX) == 1 && !h.named, "536 bytes, AF_UNIX");
}

static void
test_begins(void)
{
	static const char v2[] = SIGNATURE;

	ok(proxyhead_begins((const void *)"PROXY ", 6), "version 1");
	ok(!proxyhead_begins((const void *)"PROXY", 5), "too little of it");
	ok(proxyhead_begins((const void *)v2, 12), "version 2");
	ok(!proxyhead_begins((const void *)v2, 11), "too little of it");
	ok(!proxyhead_begins((const void *)"EHLO a.example", 14), "neither");
	ok(!proxyhead_begins((const void *)"", 0), "nothing");
}

int
main(void)
{
	test_good();
	test_bad();
	test_limits();
	test_begins();
	return done();
}
