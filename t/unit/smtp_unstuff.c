/* SPDX-License-Identifier: ISC */
/* Tests smtp/unstuff.c: every text is fed whole, split at every byte, and byte
 * by byte, and must come out the same. */
#include <stdlib.h>

#include "smtp/unstuff.h"
#include "t/tap.h"

struct result {
	char out[65536];
	size_t n, taken;
	struct unstuff u;
};

static void
part(struct result *r, const char *in, size_t n)
{
	char *buf = malloc(n + 1); /* exactly as long as it may be */
	size_t len, taken;

	memcpy(buf + 1, in, n);
	taken = unstuff_feed(&r->u, buf + 1, n, buf, &len);
	if (taken > n || len > n + 1)
		ok(0, "took or gave more than there is");
	memcpy(r->out + r->n, buf, len);
	r->n += len;
	r->taken += taken;
	free(buf);
}

static int
same(const struct result *r, const char *out, size_t taken, unsigned int bad)
{
	return r->n == strlen(out) && memcmp(r->out, out, r->n) == 0 &&
	    r->taken == taken && r->u.bad == bad;
}

/* IN (N bytes) ends after TAKEN of them, and not before. */
static void
text(const char *in, size_t n, const char *out, size_t taken, unsigned int bad,
    const char *name)
{
	static struct result r;
	size_t i, good = 0;

	for (i = 0; i <= n; i++) {
		r.n = r.taken = 0;
		unstuff_init(&r.u, UNSTUFF_DOTS);
		part(&r, in, i);
		if (r.u.state != UNSTUFF_END)
			part(&r, in + i, n - i);
		good += same(&r, out, taken, bad);
	}
	r.n = r.taken = 0;
	unstuff_init(&r.u, UNSTUFF_DOTS);
	for (i = 0; i < n && r.u.state != UNSTUFF_END; i++)
		part(&r, in + i, 1);
	good += same(&r, out, taken, bad);
	ok(good == n + 2, name);
	ok(r.u.state == UNSTUFF_END, name);
}

#define TEXT(in, out, more, bad) \
	text(in, sizeof in - 1, out, sizeof in - 1 - (more), bad, #in)

static void
linear(char c)
{
	size_t n = 4 << 20, len;
	char *buf = malloc(n + 1);
	struct unstuff u;

	memset(buf + 1, c, n);
	unstuff_init(&u, UNSTUFF_DOTS);
	unstuff_feed(&u, buf + 1, n, buf, &len);
	ok(u.bad, "four million bare line ends take linear time");
	free(buf);
}

int
main(void)
{
	enum { CR = UNSTUFF_BARECR, LF = UNSTUFF_BARELF, NUL = UNSTUFF_NUL };
	char out[32];
	struct unstuff u;
	size_t len;

	TEXT(".\r\n", "", 0, 0);
	TEXT("a\r\n.\r\nQUIT\r\n", "a\n", 6, 0);
	TEXT("a\r\n..\r\n...\r\n.b\r\n.\r\n", "a\n.\n..\nb\n", 0, 0);
	TEXT("\r\n\r\na.b\r\n.\r\n", "\n\na.b\n", 0, 0);
	/* each of these goes on to the real end */
	TEXT("a\n.\nb\r\n.\r\n", "a\n\nb\n", 0, LF);
	TEXT("a\n.\r\nb\r\n.\r\n", "a\n\nb\n", 0, LF);
	TEXT("a\r\n.\nb\r\n.\r\n", "a\n\nb\n", 0, LF);
	TEXT("a\r.\rb\r\n.\r\n", "a\n\nb\n", 0, CR);
	TEXT("a\r.\nb\r\n.\r\n", "a\n\nb\n", 0, CR | LF);
	TEXT("a\n.\rb\r\n.\r\n", "a\n\nb\n", 0, CR | LF);
	TEXT("a\r.\r\nb\r\n.\r\n", "a\n\nb\n", 0, CR);
	TEXT("a\r\n.\rb\r\n.\r\n", "a\n\nb\n", 0, CR);
	TEXT("a\r\n.\r\r\nb\r\n.\r\n", "a\n\n\nb\n", 0, CR);
	TEXT("a\r\r\n.\r\r\nb\r\n.\r\n", "a\n\n\n\nb\n", 0, CR);
	TEXT(".\nb\r\n.\r\n", "\nb\n", 0, LF);
	TEXT(".\rb\r\n.\r\n", "\nb\n", 0, CR);
	TEXT("\r\r.\r\n\n.\r\n\r\n.\r\n", "\n\n\n\n\n\n", 0, CR | LF);

	unstuff_init(&u, UNSTUFF_DOTS);
	ok(unstuff_feed(&u, "a\r\n\0.\r\n.\0\r\nb\r\n.\r\n", 17, out, &len) ==
		    17 &&
		u.bad == NUL && u.state == UNSTUFF_END && len == 9,
	    "NUL is no end of a line, and noted");
	ok(u.size == 13, "the size is in CR LF octets");
	linear('\r');
	linear('\n');
	return done();
}
