/* SPDX-License-Identifier: ISC */
/* Content-Type and Content-Transfer-Encoding. */
#include "mimetype.h"

#include <string.h>
#include <strings.h>

struct mimetype_scan {
	const char *p, *end;
};

/* Skips space and comments, which nest. */
static void
mimetype_space(struct mimetype_scan *s)
{
	int depth = 0;

	for (; s->p < s->end; s->p++) {
		if (*s->p == '(')
			depth++;
		else if (*s->p == ')' && depth > 0)
			depth--;
		else if (*s->p == '\\' && depth > 0 && s->p + 1 < s->end)
			s->p++;
		else if (!depth && *s->p != ' ' && *s->p != '\t')
			break;
	}
}

/* The bytes up to space or one of STOP: where they begin, *N of them. */
static const char *
mimetype_token(struct mimetype_scan *s, const char *stop, size_t *n)
{
	const char *from = s->p;

	while (s->p < s->end && *s->p != ' ' && *s->p != '\t' &&
	    (!*s->p || !strchr(stop, *s->p)))
		s->p++;
	*n = (size_t)(s->p - from);
	return from;
}

static int
mimetype_is(const char *p, size_t n, const char *word)
{
	return strlen(word) == n && strncasecmp(p, word, n) == 0;
}

static enum mimetype_kind
mimetype_message(const char *p, size_t n)
{
	if (mimetype_is(p, n, "rfc822") || mimetype_is(p, n, "news"))
		return MIMETYPE_MESSAGE;
	/* RFC 6532, 3.7: these may be encoded */
	return n >= 6 && strncasecmp(p, "global", 6) == 0 ? MIMETYPE_OTHER
							  : MIMETYPE_FIXED;
}

static enum mimetype_kind
mimetype_kind(const char *major, size_t n, const char *minor, size_t m)
{
	if (mimetype_is(major, n, "text"))
		return MIMETYPE_TEXT;
	if (mimetype_is(major, n, "message"))
		return mimetype_message(minor, m);
	if (!mimetype_is(major, n, "multipart"))
		return MIMETYPE_OTHER;
	if (mimetype_is(minor, m, "signed") ||
	    mimetype_is(minor, m, "encrypted"))
		return MIMETYPE_SEALED;
	return mimetype_is(minor, m, "digest") ? MIMETYPE_DIGEST
					       : MIMETYPE_MULTIPART;
}

static void
mimetype_keep(struct mimetype *t, char c)
{
	if (t->n < MIMETYPE_BOUNDARY)
		t->boundary[t->n] = c;
	t->n++; /* one that is too long shows by its length */
}

/* The value of a parameter, which is kept if KEEP. */
static void
mimetype_value(struct mimetype *t, struct mimetype_scan *s, int keep)
{
	int quoted = s->p < s->end && *s->p == '"';

	for (s->p += quoted; s->p < s->end; s->p++) {
		if (quoted ? *s->p == '"'
			   : *s->p == ';' || *s->p == ' ' || *s->p == '\t')
			break;
		if (quoted && *s->p == '\\' && s->p + 1 < s->end)
			s->p++;
		if (keep)
			mimetype_keep(t, *s->p);
	}
	while (keep && t->n > 0 && t->n <= MIMETYPE_BOUNDARY &&
	    (t->boundary[t->n - 1] == ' ' || t->boundary[t->n - 1] == '\t'))
		t->n--;
}

void
mimetype_read(struct mimetype *t, const char *s, size_t n)
{
	struct mimetype_scan x = {s, s + n};
	const char *major, *minor, *name;
	size_t a, b, c;

	t->n = 0;
	mimetype_space(&x);
	major = mimetype_token(&x, "/;(", &a);
	mimetype_space(&x);
	x.p += x.p < x.end && *x.p == '/';
	mimetype_space(&x);
	minor = mimetype_token(&x, ";(", &b);
	t->kind = mimetype_kind(major, a, minor, b);
	while (x.p < x.end) {
		while (x.p < x.end && *x.p != ';')
			x.p++;
		x.p += x.p < x.end;
		mimetype_space(&x);
		name = mimetype_token(&x, "=;(", &c);
		mimetype_space(&x);
		if (x.p == x.end || *x.p != '=')
			continue;
		x.p++;
		mimetype_space(&x);
		mimetype_value(
		    t, &x, !t->n && mimetype_is(name, c, "boundary"));
	}
	if (t->n > MIMETYPE_BOUNDARY)
		t->n = 0;
}

enum mimetype_encoding
mimetype_encoding(const char *s, size_t n)
{
	struct mimetype_scan x = {s, s + n};
	const char *p;
	size_t m;

	mimetype_space(&x);
	p = mimetype_token(&x, ";(", &m);
	if (!m || mimetype_is(p, m, "7bit"))
		return MIMETYPE_7BIT;
	if (mimetype_is(p, m, "8bit"))
		return MIMETYPE_8BIT;
	return mimetype_is(p, m, "binary") ? MIMETYPE_BINARY : MIMETYPE_ENCODED;
}
