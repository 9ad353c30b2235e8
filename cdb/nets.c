/* SPDX-License-Identifier: ISC */
/* Records by client address, as the types ip and relay have them. */
#include "nets.h"

#include <stdio.h>
#include <string.h>

#include "net.h"

/* Notes prefix I of NET. 1 it is new; 0 a line before had it. */
static int
nets_prefix(struct compile *c, const struct net *net, unsigned int i,
    uint64_t meaning, int *said)
{
	const struct seen_first *first;
	char key[IP_KEY], text[IP_FMT], shown[IP_FMT + 8];
	struct ip ip;
	unsigned int plen;
	size_t n;
	int new;

	net_prefix(net, i, &ip, &plen);
	n = ip_key(key, &ip, plen);
	new = seen_add(&c->seen, key, n, c->source.line, meaning, &first);
	if (new < 0 || (new &&cover_add(&c->cover, &ip, plen, c->source.line)))
		compile_nomem(c);
	if (new) {
		c->plens[ip.len == 16][plen] = 1;
		compile_write(c, key, n);
	} else if (!*said) {
		*said = 1; /* once a line */
		snprintf(shown, sizeof shown, "%s/%u", ip_fmt(text, &ip), plen);
		compile_again(c, first, shown);
	}
	return new;
}

void
nets_add(struct compile *c, const char *s, size_t n)
{
	struct net net;
	const char *wrong = net_scan(s, n, &net);
	uint64_t meaning = compile_meaning(c);
	unsigned int i;
	int said = 0;

	if (wrong) {
		source_error(&c->source, "%.*s: %s", (int)n, s, wrong);
		return;
	}
	for (i = 0; i < net.count; i++)
		nets_prefix(c, &net, i, meaning, &said);
}

static void
nets_hidden(void *data, uint32_t line)
{
	struct compile *c = data;

	c->source.line = line;
	source_warn(&c->source,
	    "decides nothing: more specific lines name every address of it");
}

static void
nets_lengths(
    struct compile *c, const char *name, const unsigned char *used, int max)
{
	char text[4 * 129 + 1];
	size_t n = 0;
	int i;

	for (i = max; i >= 0; i--)
		if (used[i])
			n += (size_t)sprintf(text + n, n ? " %d" : "%d", i);
	compile_put(c, name, text, n);
}

void
nets_end(struct compile *c)
{
	cover_compute(&c->cover, nets_hidden, c);
	compile_begin(c);
	nets_lengths(c, "4", c->plens[0], 32);
	nets_lengths(c, "6", c->plens[1], 128);
	if (c->host[0])
		compile_puts(c, "deny", "=host");
	if (c->host[1])
		compile_puts(c, "allow", "=host");
	compile_own(c, "/", 1);
}
