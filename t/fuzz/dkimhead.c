/* SPDX-License-Identifier: ISC */
/* Fuzzes the header and the canonical forms of dkimsign: whole or cut in two
 * alike, and every field within the text. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* they are part of dkimsign, which is not among the stages */
#include "dkim/canon.c"
#include "dkim/head.c"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

struct hash {
	uint64_t sum;
	size_t n;
};

static void
hash_put(void *data, const char *p, size_t n)
{
	struct hash *h = data;

	h->n += n;
	for (; n > 0; n--)
		h->sum = h->sum * 31 + (unsigned char)*p++;
}

static void
feed(struct dkim_head *h, struct canon_body *b, const char *p, size_t n)
{
	size_t head = dkim_head_put(h, p, n);

	canon_body_put(b, p + head, n - head);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct dkim_head h, g;
	char domain[IDN_SIZE];
	struct hash one = {0, 0}, two = {0, 0}, field = {0, 0};
	struct canon_body b, c;
	const char *p = (const char *)data;
	size_t cut = n ? data[0] % n : 0, i;

	dkim_head_init(&h);
	dkim_head_init(&g);
	canon_body_init(&b, hash_put, &one);
	canon_body_init(&c, hash_put, &two);
	feed(&h, &b, p, n);
	feed(&g, &c, p, cut);
	feed(&g, &c, p + cut, n - cut);
	canon_body_end(&b);
	canon_body_end(&c);
	if (one.sum != two.sum || one.n != two.n || h.n != g.n)
		abort();
	if (dkim_head_parse(&h))
		return 0;
	for (i = 0; i < h.fields; i++) {
		if (h.field[i].p < h.text ||
		    h.field[i].p + h.field[i].n > h.text + h.n ||
		    h.field[i].name_n >= h.field[i].n)
			abort();
		canon_field(h.field[i].p, h.field[i].n, h.field[i].name_n,
		    hash_put, &field);
	}
	if (!dkim_head_domain(&h, domain) && !*domain)
		abort();
	return 0;
}
