/* SPDX-License-Identifier: ISC */
/* The relaxed canonical forms of DKIM. */
#include "dkim/canon.h"

static int
canon_is_space(char c)
{
	return c == ' ' || c == '\t';
}

/* Bytes at P, N at the most, up to the next space or line end. */
static size_t
canon_run(const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n && !canon_is_space(p[i]) && p[i] != '\n'; i++)
		;
	return i;
}

static void
canon_name(const char *p, size_t n, canon_sink *sink, void *data)
{
	char c;
	size_t i;

	for (i = 0; i < n; i++) {
		c = p[i];
		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		sink(data, &c, 1);
	}
	sink(data, ":", 1);
}

void
canon_field(
    const char *p, size_t n, size_t name_n, canon_sink *sink, void *data)
{
	const char *end = p + n;
	size_t run;
	int words = 0;

	canon_name(p, name_n, sink, data);
	for (p += name_n; p < end && *p != ':'; p++)
		; /* space before the colon */
	for (p += p < end; p < end; p += run) {
		if ((run = canon_run(p, (size_t)(end - p))) == 0) {
			run = 1;
			continue;
		}
		if (words && (canon_is_space(p[-1]) || p[-1] == '\n'))
			sink(data, " ", 1);
		sink(data, p, run);
		words = 1;
	}
}

void
canon_body_init(struct canon_body *b, canon_sink *sink, void *data)
{
	b->sink = sink;
	b->data = data;
	b->ends = 0;
	b->space = b->text = 0;
}

/* Text follows: what was held back counts. */
static void
canon_body_catch_up(struct canon_body *b)
{
	static const char lines[] = "\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n";
	uint64_t most = (sizeof lines - 1) / 2, some;

	for (; b->ends > 0; b->ends -= some) {
		some = b->ends < most ? b->ends : most;
		b->sink(b->data, lines, 2 * (size_t)some);
	}
	if (b->space)
		b->sink(b->data, " ", 1);
	b->space = 0;
	b->text = 1;
}

void
canon_body_put(struct canon_body *b, const char *p, size_t n)
{
	const char *end = p + n;
	size_t run;

	while (p < end) {
		if ((run = canon_run(p, (size_t)(end - p))) > 0) {
			canon_body_catch_up(b);
			b->sink(b->data, p, run);
			p += run;
			continue;
		}
		b->space = *p != '\n';
		b->ends += *p == '\n';
		p++;
	}
}

void
canon_body_end(struct canon_body *b)
{
	if (b->text)
		b->sink(b->data, "\r\n", 2);
}
