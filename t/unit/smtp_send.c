/* SPDX-License-Identifier: ISC */
/* Tests smtp/sendbody.c (whole and split at every byte) and smtp/sendreply.c. */
#include <string.h>

#include "smtp/sendbody.h"
#include "smtp/sendreply.h"
#include "t/tap.h"

static void
body(const char *in, const char *want)
{
	size_t n = strlen(in), split, good = 0, len;
	char out[256];

	for (split = 0; split <= n; split++) {
		struct sendbody b = {0};

		len = sendbody_stuff(&b, in, split, out);
		len += sendbody_stuff(&b, in + split, n - split, out + len);
		len += sendbody_end(&b, out + len);
		good += len == strlen(want) && memcmp(out, want, len) == 0;
	}
	ok(good == n + 1, want);
}

static void
bodies(void)
{
	body("", ".\r\n");
	body("a", "a\r\n.\r\n");
	body("a\n", "a\r\n.\r\n");
	body("a\r\n", "a\r\n.\r\n");
	body("a\r", "a\r\n.\r\n");
	body("\r", "\r\n.\r\n");
	body(".", "..\r\n.\r\n");
	body(".\n.", "..\r\n..\r\n.\r\n");
	body("a.b\n", "a.b\r\n.\r\n");
	body("a\n.\nb", "a\r\n..\r\nb\r\n.\r\n");
	body("a\r.\rb", "a\r\n..\r\nb\r\n.\r\n");
	body("a\r\r\n.", "a\r\n\r\n..\r\n.\r\n");
	body("\n\n", "\r\n\r\n.\r\n");
	body("\r\n.\r\n", "\r\n..\r\n.\r\n");
}

/* Feeds the lines of TEXT (ended by LF); the verdict on the last. */
static int
reply(struct sendconn_reply *r, const char *text)
{
	char line[256];
	int more = 1;
	size_t n;

	memset(r, 0, sizeof *r);
	while (more == 1 && *text) {
		n = strcspn(text, "\n");
		memcpy(line, text, n);
		line[n] = 0;
		text += n + 1;
		more = sendreply_line(r, line, n);
	}
	if (more == 0)
		sendreply_finish(r);
	return more;
}

static void
good(const char *text, unsigned int code, const char *status, const char *said)
{
	struct sendconn_reply r;

	ok(reply(&r, text) == 0 && r.code == code &&
		strcmp(r.status, status) == 0 && strcmp(r.text, said) == 0,
	    text);
}

static void
bad(const char *text, int want)
{
	struct sendconn_reply r;

	ok(reply(&r, text) == want, text);
}

static void
replies(void)
{
	good("250 ok\n", 250, "2.0.0", "ok");
	good("250\n", 250, "2.0.0", "");
	good("250 2.1.5 fine\n", 250, "2.1.5", "fine");
	good("250 2.1.5\n", 250, "2.1.5", "");
	good("550 4.1.1 x\n", 550, "5.0.0", "4.1.1 x");
	good("550 5.1.1111 x\n", 550, "5.0.0", "5.1.1111 x");
	good("550 5.1 x\n", 550, "5.0.0", "5.1 x");
	good("550-5.1.1 a\n550-5.1.1 b\n550 c\n", 550, "5.1.1", "a b c");
	good("220-\n220 x\n", 220, "2.0.0", "x");
	good("250-a\001\n250 \377\n", 250, "2.0.0", "a? ?");
	bad("250-a\n", 1);
	bad("250-a\n251 b\n", -1);
	bad("25\n", -1);
	bad("\n", -1);
	bad("2500 x\n", -1);
	bad("150 x\n", -1);
	bad("650 x\n", -1);
	bad("25a x\n", -1);
	bad(" 250 x\n", -1);
}

int
main(void)
{
	bodies();
	replies();
	return done();
}
