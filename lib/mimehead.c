/* SPDX-License-Identifier: ISC */
/* The header of a message or of a part, on its way through. */
#include "mimehead.h"

#include <string.h>
#include <strings.h>

void
mimehead_init(struct mimehead *h, mimehead_sink *sink, void *data)
{
	h->sink = sink;
	h->data = data;
	h->done = h->named = 0;
	h->field = MIMEHEAD_OTHER;
	h->version = h->types = h->encodings = h->signature = 0;
	h->name_n = h->type_n = h->encoding_n = 0;
	h->holds = h->over = 0;
	h->held_n = h->other = 0;
}

/* Writes, or holds back as long as there is room. */
static void
mimehead_put(struct mimehead *h, const char *p, size_t n)
{
	if (h->holds && n > MIMEHEAD_HELD - h->held_n) {
		h->over = 1;
		h->holds = 0;
		h->sink(h->data, h->held, h->held_n);
	}
	if (!h->holds) {
		h->sink(h->data, p, n);
		return;
	}
	memcpy(h->held + h->held_n, p, n);
	h->held_n += n;
}

/* What of N bytes goes into TO, which holds *AT of SIZE. */
static void
mimehead_keep(char *to, size_t *at, size_t size, const char *p, size_t n)
{
	if (n > size - *at)
		n = size - *at;
	memcpy(to + *at, p, n);
	*at += n;
}

/* More of the value of the field at hand. */
static void
mimehead_value(struct mimehead *h, const char *p, size_t n)
{
	if (h->field == MIMEHEAD_IS_TYPE && h->types == 1)
		mimehead_keep(h->type, &h->type_n, MIMEHEAD_TYPE, p, n);
	else if (h->field == MIMEHEAD_IS_ENCODING && h->encodings == 1)
		mimehead_keep(
		    h->encoding, &h->encoding_n, MIMEHEAD_ENCODING, p, n);
}

/* A field begins, whose name has N bytes. */
static void
mimehead_field(struct mimehead *h, size_t n)
{
#define IS(word) (n == sizeof word - 1 && strncasecmp(h->name, word, n) == 0)
	if (h->encodings && !h->other)
		h->other = h->held_n;
	h->field = MIMEHEAD_OTHER;
	if (IS("MIME-Version"))
		h->version = 1;
	if (IS("DKIM-Signature"))
		h->signature = 1;
	if (IS("Content-Type")) {
		h->field = MIMEHEAD_IS_TYPE;
		h->types++;
	}
	if (IS("Content-Transfer-Encoding")) {
		h->field = MIMEHEAD_IS_ENCODING;
		if (!h->encodings++)
			h->holds = 1;
	}
#undef IS
}

/* Enough of a line is in name to tell. */
static void
mimehead_judge(struct mimehead *h)
{
	size_t n = 0, i;

	if (h->name[0] == ' ' || h->name[0] == '\t') {
		mimehead_value(h, h->name, h->name_n);
	} else {
		while (n < h->name_n && h->name[n] > ' ' && h->name[n] < 127 &&
		    h->name[n] != ':')
			n++;
		for (i = n; i < h->name_n &&
		     (h->name[i] == ' ' || h->name[i] == '\t');)
			i++;
		h->done = !n || (i < h->name_n && h->name[i] != ':');
		if (h->done)
			return;
		mimehead_field(h, n);
	}
	h->named = 1;
	mimehead_put(h, h->name, h->name_n);
	h->name_n = 0;
}

size_t
mimehead_text(struct mimehead *h, const char *p, size_t n)
{
	size_t i = 0;
	char c;

	while (i < n && !h->named && !h->done) {
		c = h->name[h->name_n++] = p[i++];
		if (c == ':' || h->name_n == MIMEHEAD_NAME ||
		    (h->name_n == 1 && (c == ' ' || c == '\t')))
			mimehead_judge(h);
	}
	if (h->done)
		return i;
	if (i < n) {
		mimehead_value(h, p + i, n - i);
		mimehead_put(h, p + i, n - i);
	}
	return n;
}

void
mimehead_line(struct mimehead *h)
{
	h->done = !h->named;
	if (h->done)
		return;
	mimehead_value(h, " ", 1);
	mimehead_put(h, "\n", 1);
	h->named = 0;
}

int
mimehead_fixed(const struct mimehead *h)
{
	return h->over || h->encodings > 1;
}

void
mimehead_end(struct mimehead *h, const char *encoding)
{
	size_t from = 0;

	if (encoding && !mimehead_fixed(h)) {
		if (h->encodings)
			from = h->other ? h->other : h->held_n;
		h->sink(h->data, h->held + from, h->held_n - from);
		h->sink(h->data, "Content-Transfer-Encoding: ", 27);
		h->sink(h->data, encoding, strlen(encoding));
		h->sink(h->data, "\n", 1);
	} else if (h->holds)
		h->sink(h->data, h->held, h->held_n);
	h->holds = 0;
	h->held_n = 0;
}
