/* SPDX-License-Identifier: ISC */
/* Fuzzes lib/mime.c: whole and byte by byte alike; what is found and can be
 * encoded is gone; nothing binary is left. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mime.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

struct text {
	size_t n, size;
	char *p;
};

static int
keep(void *data, const char *p, size_t n)
{
	struct text *t = data;

	if (n > t->size - t->n) {
		t->size = 2 * (t->size + n);
		if (!(t->p = realloc(t->p, t->size)))
			abort();
	}
	memcpy(t->p + t->n, p, n);
	t->n += n;
	return 0;
}

/* Runs M on the text in pieces of STEP bytes. */
static int
run(struct mime *m, const char *p, size_t n, size_t step)
{
	size_t i, some;

	for (i = 0; i < n; i += some) {
		some = n - i < step ? n - i : step;
		mime_put(m, p + i, some);
	}
	return mime_end(m);
}

/* The same result whole and byte by byte: in T, which the caller frees. */
static int
both(enum mime_goal goal, unsigned int unwanted, struct mime_plan *plan,
    const char *p, size_t n, struct text *t)
{
	static struct mime m;
	struct text u = {0, 0, 0};
	int r, bad;

	mime_init(&m, goal, unwanted, plan, keep, &u);
	r = run(&m, p, n, n ? n : 1);
	bad = m.bad || m.fault;
	mime_init(&m, goal, unwanted, plan, keep, t);
	if (run(&m, p, n, 1) != r || bad != (m.bad || m.fault) || t->n != u.n ||
	    (u.n && memcmp(t->p, u.p, u.n) != 0))
		abort();
	free(u.p);
	return r;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct mime_plan plan, other;
	struct text t = {0, 0, 0};
	const char *p = (const char *)data;
	unsigned int unwanted = n ? data[0] & 3 : 0;
	size_t i;

	both(MIME_LOOK, 0, &other, p, n, &t);
	memcpy(&plan, &other, sizeof plan);
	if (plan.no_eight)
		unwanted &= ~MIME_EIGHT;
	if (plan.no_long)
		unwanted &= ~MIME_LONG;
	if (both(MIME_LINES, unwanted, &plan, p, n, &t) != 0)
		abort();
	if (!unwanted && (t.n != n || (n && memcmp(t.p, p, n) != 0)))
		abort();
	for (i = 0; i < t.n && unwanted & MIME_EIGHT; i++)
		if (t.p[i] & 0x80)
			abort();
	t.n = 0;
	if (both(MIME_BINARY, 0, 0, p, n, &t) == 0)
		for (i = 0; i < t.n; i++)
			if (t.p[i] == '\r' || !t.p[i])
				abort();
	free(t.p);
	return 0;
}
