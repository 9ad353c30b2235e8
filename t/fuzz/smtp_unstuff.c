/* SPDX-License-Identifier: ISC */
/* Fuzzes smtp/unstuff.c and smtp/header.c: the first byte says how large the
 * pieces are, and whether they are chunks (BDAT); in pieces and as a whole, the outcome must be the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "smtp/header.h"
#include "smtp/unstuff.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

struct fuzz_text {
	size_t n;
	char *s;
};

static int
fuzz_sink(void *data, const char *p, size_t n)
{
	struct fuzz_text *t = data;

	memcpy(t->s + t->n, p, n);
	t->n += n;
	return 0;
}

/* Runs the N bytes at IN through both, STEP at a time; the bytes taken. */
static size_t
fuzz_run(const char *in, size_t n, size_t step, enum unstuff_form form,
    struct unstuff *u, struct fuzz_text *t)
{
	struct smtp_header h;
	size_t taken = 0, len, k;
	char *buf, end[1];

	unstuff_init(u, form);
	smtp_header_init(&h, fuzz_sink, t);
	smtp_header_mend(&h, "Date: d\n", "Message-ID: m\n", "From: f\n");
	while (taken < n && u->state != UNSTUFF_END) {
		k = n - taken < step ? n - taken : step;
		buf = malloc(k + 1);
		memcpy(buf + 1, in + taken, k);
		taken += unstuff_feed(u, buf + 1, k, buf, &len);
		if (len > k + 1 || smtp_header_put(&h, buf, len) < 0)
			abort();
		free(buf);
	}
	smtp_header_put(&h, end, unstuff_end(u, end));
	smtp_header_end(&h);
	return taken;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const char *in = (const char *)data + 1;
	struct unstuff a, b;
	enum unstuff_form form;
	struct fuzz_text ta = {0, 0}, tb = {0, 0};

	if (n < 2)
		return 0;
	form = data[0] & 0x80 ? UNSTUFF_CHUNKS : UNSTUFF_DOTS;
	ta.s = malloc(n + 64);
	tb.s = malloc(n + 64);
	if (fuzz_run(in, n - 1, n, form, &a, &ta) !=
		fuzz_run(in, n - 1, (size_t)data[0] % 8 + 1, form, &b, &tb) ||
	    a.state != b.state || a.bad != b.bad || a.size != b.size ||
	    ta.n != tb.n || memcmp(ta.s, tb.s, ta.n) != 0)
		abort();
	/* the end is where CR LF . CR LF is, and nowhere else */
	if (form == UNSTUFF_CHUNKS && a.state == UNSTUFF_END)
		abort();
	if (a.state == UNSTUFF_END && !a.bad && memchr(ta.s, '\r', ta.n))
		abort();
	free(ta.s);
	free(tb.s);
	return 0;
}
