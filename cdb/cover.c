/* SPDX-License-Identifier: ISC */
/* Coverage by prefixes: sorted by address and length they come in the order
 * of a walk through the tree of prefixes, so a stack of the open ones will
 * do. Shares are sums of powers of two: exact down to 2^-53 of the parent. */
#include "cover.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { COVER_LENGTH = 17, COVER_DEPTH = 129, COVER_START = 1024 };

struct cover_open {
	const struct cover_net *net;
	double share; /* of it that belongs to longer prefixes */
};

void
cover_init(struct cover *c)
{
	memset(c, 0, sizeof *c);
}

void
cover_free(struct cover *c)
{
	free(c->net);
	cover_init(c);
}

int
cover_add(
    struct cover *c, const struct ip *ip, unsigned int plen, uint32_t line)
{
	size_t size = c->size ? 2 * c->size : COVER_START;
	struct cover_net *p = c->net;

	if (c->n == c->size) {
		if (!(p = realloc(c->net, size * sizeof *p)))
			return -1;
		c->net = p;
		c->size = size;
	}
	p += c->n++;
	memset(p, 0, sizeof *p);
	p->k[0] = ip->len == 16;
	memcpy(p->k + 1, ip->b, ip->len);
	p->k[COVER_LENGTH] = (unsigned char)plen;
	p->line = line;
	return 0;
}

static int
cover_order(const void *a, const void *b)
{
	const struct cover_net *x = a, *y = b;

	return memcmp(x->k, y->k, sizeof x->k);
}

/* 1 if prefix A holds B (or is B). */
static int
cover_holds(const struct cover_net *a, const struct cover_net *b)
{
	unsigned int plen = a->k[COVER_LENGTH], whole = plen / 8;

	if (memcmp(a->k, b->k, 1 + whole) != 0)
		return 0;
	return plen % 8 == 0 ||
	    ((a->k[1 + whole] ^ b->k[1 + whole]) & (0xff00 >> plen % 8) &
		0xff) == 0;
}

/* Closes the prefix on top of the stack of N: adds to the one below. */
static void
cover_close(struct cover *c, struct cover_open *stack, size_t n,
    void (*hidden)(void *, uint32_t), void *data)
{
	const struct cover_net *top = stack[n - 1].net;
	int plen = top->k[COVER_LENGTH];

	if (hidden && stack[n - 1].share >= 1.0)
		hidden(data, top->line);
	if (n > 1)
		stack[n - 2].share +=
		    ldexp(1.0, stack[n - 2].net->k[COVER_LENGTH] - plen);
	else
		c->share[top->k[0]] += ldexp(1.0, -plen);
}

void
cover_compute(
    struct cover *c, void (*hidden)(void *, uint32_t line), void *data)
{
	struct cover_open stack[COVER_DEPTH];
	const struct cover_net *p;
	size_t n = 0, i;

	c->share[0] = c->share[1] = 0;
	if (c->n)
		qsort(c->net, c->n, sizeof *c->net, cover_order);
	for (i = 0; i < c->n; i++) {
		p = c->net + i;
		if (i && cover_order(p - 1, p) == 0)
			continue;
		for (; n && !cover_holds(stack[n - 1].net, p); n--)
			cover_close(c, stack, n, hidden, data);
		stack[n].net = p;
		stack[n++].share = 0;
	}
	for (; n; n--)
		cover_close(c, stack, n, hidden, data);
}
