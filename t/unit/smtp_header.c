/* SPDX-License-Identifier: ISC */
/* Tests smtp/header.c: whole, and split at every byte. */
#include "smtp/header.h"
#include "t/tap.h"

struct text {
	size_t n, room;
	char s[2000];
};

static int
put(void *data, const char *p, size_t n)
{
	struct text *t = data;

	if (n > t->room - t->n)
		return -1;
	memcpy(t->s + t->n, p, n);
	t->n += n;
	t->s[t->n] = 0;
	return 0;
}

static unsigned int received;

static const char *
through(const char *in, int mend, size_t split)
{
	static struct text t;
	struct smtp_header h;
	size_t n = strlen(in);

	t.n = 0;
	t.room = sizeof t.s - 1;
	t.s[0] = 0;
	smtp_header_init(&h, put, &t);
	if (mend)
		smtp_header_mend(&h, "Date: d\n", "Message-ID: m\n", 0);
	if (smtp_header_put(&h, in, split) < 0 ||
	    smtp_header_put(&h, in + split, n - split) < 0 ||
	    smtp_header_end(&h) < 0)
		return "failed";
	received = h.received;
	return t.s;
}

static void
check(const char *in, const char *out, int mend)
{
	size_t i, n = strlen(in), good = 0;

	for (i = 0; i <= n; i++)
		good += strcmp(through(in, mend, i), out) == 0;
	if (!ok(good == n + 1, in))
		printf("# %s\n", through(in, mend, 0));
}

#define SAME(in)      check(in, in, 0)
#define MEND(in, out) check(in, out, 1)

int
main(void)
{
	struct text t = {0, 5, ""};
	struct smtp_header h;

	SAME("");
	SAME("\n");
	SAME("A: b\n c\nBcc: d\n\ne\n");
	SAME("no header\nBcc: x\n");
	SAME("Received: a\nreceived : b\n\nReceived: c\n");
	ok(received == 2, "two hops");
	MEND("", "Date: d\nMessage-ID: m\n");
	MEND("\n", "Date: d\nMessage-ID: m\n\n");
	MEND("A: b\n\nBcc: x\n", "A: b\nDate: d\nMessage-ID: m\n\nBcc: x\n");
	MEND("DATE: x\nmessage-id :y\n\nz\n", "DATE: x\nmessage-id :y\n\nz\n");
	MEND(
	    "Bcc: a,\n b\n\tc\nDate: x\nResent-Bcc: y\nMessage-Id: z\nBCC : q\n",
	    "Date: x\nMessage-Id: z\n");
	MEND("Bcc: a\n\nx\n", "Date: d\nMessage-ID: m\n\nx\n");
	MEND("Bcc: a\ntext\nBcc: b\n",
	    "Date: d\nMessage-ID: m\n\ntext\nBcc: b\n");
	MEND("Bccx: a\nXBcc: b\nB: Bcc: c\n\n",
	    "Bccx: a\nXBcc: b\nB: Bcc: c\nDate: d\nMessage-ID: m\n\n");
	MEND(
	    "To: a\n Bcc: b\n\n", "To: a\n Bcc: b\nDate: d\nMessage-ID: m\n\n");
	MEND("a b: c\n", "Date: d\nMessage-ID: m\n\na b: c\n");
	MEND("X-A-very-long-name-of-a-field-that-goes-on: x\n\n",
	    "X-A-very-long-name-of-a-field-that-goes-on: x\n"
	    "Date: d\nMessage-ID: m\n\n");
	MEND(":\n", "Date: d\nMessage-ID: m\n\n:\n");
	smtp_header_init(&h, put, &t);
	ok(smtp_header_put(&h, "A: b\nC: d\n\n", 11) < 0,
	    "a sink that is full");
	return done();
}
