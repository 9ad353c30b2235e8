/* SPDX-License-Identifier: ISC */
/* A part of a message: what its header says, what it holds, and how that is
 * written. */
#include "mimepart.h"

#include <string.h>

void
mimepart_flush(struct mime *m)
{
	if (!m->failed && m->out_n && m->sink(m->data, m->out, m->out_n) < 0)
		m->failed = 1;
	m->out_n = 0;
}

void
mimepart_raw(void *data, const char *p, size_t n)
{
	struct mime *m = data;

	if (m->goal == MIME_LOOK)
		return;
	if (n > sizeof m->out - m->out_n)
		mimepart_flush(m);
	if (n > sizeof m->out) {
		if (!m->failed && m->sink(m->data, p, n) < 0)
			m->failed = 1;
		return;
	}
	memcpy(m->out + m->out_n, p, n);
	m->out_n += n;
}

static void
mimepart_words(struct mime *m, const char *s)
{
	mimepart_raw(m, s, strlen(s));
}

void
mimepart_begin(struct mime *m, int message, enum mimetype_kind unsaid)
{
	m->state = MIME_HEAD;
	m->message = message;
	m->unsaid = unsaid;
	m->parts++;
	m->binary = m->line = 0;
	mimehead_init(&m->head, mimepart_raw, m);
	mimecode_init(&m->code, MIMECODE_NONE);
}

/* WHAT was found, which cannot be encoded if WHY is not null. */
static void
mimepart_found(struct mime *m, unsigned int what, const char *why)
{
	struct mime_plan *p = m->plan;

	p->all |= what;
	if (why && (what & MIME_EIGHT) && !p->no_eight)
		p->no_eight = why;
	if (why && (what & MIME_LONG) && !p->no_long)
		p->no_long = why;
}

/* What of the part at hand is not wanted, by the plan. */
static unsigned int
mimepart_unwanted(const struct mime *m)
{
	if (m->goal != MIME_LINES || m->parts > MIME_PARTS || m->sealed)
		return 0;
	return m->plan->part[m->parts - 1] & m->unwanted;
}

/* What the header at hand says. */
static void
mimepart_type(const struct mime *m, struct mimetype *t)
{
	mimetype_read(t, m->head.type, m->head.type_n);
	if (!m->head.types)
		t->kind = m->unsaid;
}

/* Why the part at hand, a leaf, cannot be encoded, or null. */
static const char *
mimepart_leaf_fixed(
    const struct mime *m, const struct mimetype *t, enum mimetype_encoding e)
{
	if (m->sealed)
		return "it is signed or encrypted";
	if (mimehead_fixed(&m->head))
		return "the header of a part has no one encoding";
	if (e == MIMETYPE_ENCODED)
		return "it is in a part that is encoded already";
	if (t->kind >= MIMETYPE_MULTIPART)
		return "it is in a part of a type that cannot be encoded";
	return m->parts > MIME_PARTS && m->goal == MIME_LOOK
	    ? "the message has too many parts"
	    : 0;
}

/* The message cannot be encoded if WHY is not null. */
static void
mimepart_fault(struct mime *m, const char *why)
{
	if (!m->fault)
		m->fault = why;
}

/* A multipart, or a message, of which the parts are seen: the encoding to say
 * instead of E, or null. */
static const char *
mimepart_outer_encoding(struct mime *m, enum mimetype_encoding e)
{
	int binary = m->goal == MIME_BINARY && e == MIMETYPE_BINARY;

	if (binary && m->sealed)
		mimepart_fault(m, "it is signed or encrypted");
	if (binary && mimehead_fixed(&m->head))
		mimepart_fault(m, "the header of a part has no one encoding");
	if (m->sealed)
		return 0;
	if (binary)
		return "8bit";
	if (m->goal == MIME_LINES && (m->unwanted & MIME_EIGHT) &&
	    (e == MIMETYPE_8BIT || e == MIMETYPE_BINARY))
		return "7bit";
	return 0;
}

/* The same for a leaf, whose encoding begins. */
static const char *
mimepart_leaf_encoding(
    struct mime *m, const struct mimetype *t, enum mimetype_encoding e)
{
	if (m->goal == MIME_BINARY && e == MIMETYPE_BINARY) {
		m->binary = 1;
		mimepart_fault(m, mimepart_leaf_fixed(m, t, e));
		mimecode_init(&m->code, MIMECODE_BASE64);
		return "base64";
	}
	if (!mimepart_unwanted(m))
		return 0;
	mimecode_init(
	    &m->code, t->kind == MIMETYPE_TEXT ? MIMECODE_QP : MIMECODE_BASE64);
	return t->kind == MIMETYPE_TEXT ? "quoted-printable" : "base64";
}

/* Adds a multipart of type T to the nest. */
static void
mimepart_open(struct mime *m, const struct mimetype *t)
{
	m->multipart[m->depth++] = *t;
	if (t->kind == MIMETYPE_SEALED && !m->sealed)
		m->sealed = m->depth;
	m->state = MIME_OUTSIDE;
}

/* What a message needs that is encoded, and says nothing of that. */
static void
mimepart_fields(struct mime *m, int leaf)
{
	if (m->message && !m->head.version)
		mimepart_words(m, "MIME-Version: 1.0\n");
	if (leaf && !m->head.types && mimepart_unwanted(m) & MIME_EIGHT)
		mimepart_words(
		    m, "Content-Type: text/plain; charset=unknown-8bit\n");
}

void
mimepart_header_end(struct mime *m)
{
	enum mimetype_encoding e =
	    mimetype_encoding(m->head.encoding, m->head.encoding_n);
	int bare = m->head.name_n > 0; /* no empty line ends it */
	const char *encoding;
	struct mimetype t;
	int outer;

	if (m->goal == MIME_LOOK && m->parts == 1)
		m->plan->signature = m->head.signature;
	mimepart_type(m, &t);
	outer = t.kind == MIMETYPE_MESSAGE ? e != MIMETYPE_ENCODED
					   : t.kind >= MIMETYPE_MULTIPART &&
		t.kind <= MIMETYPE_SEALED && t.n > 0 && m->depth < MIME_DEPTH;
	encoding = outer ? mimepart_outer_encoding(m, e)
			 : mimepart_leaf_encoding(m, &t, e);
	mimehead_end(&m->head, encoding);
	if (encoding)
		mimepart_fields(m, !outer);
	if (encoding || !bare)
		mimepart_raw(m, "\n", 1);
	if (!outer)
		m->state = MIME_LEAF;
	else if (t.kind == MIMETYPE_MESSAGE)
		mimepart_begin(m, 1, MIMETYPE_TEXT);
	else
		mimepart_open(m, &t);
}

/* What this part was looked at for was found in it. */
static void
mimepart_leaf_found(struct mime *m, unsigned int what)
{
	enum mimetype_encoding e =
	    mimetype_encoding(m->head.encoding, m->head.encoding_n);
	struct mimetype t;

	if (m->parts <= MIME_PARTS) {
		if (!(what & ~m->plan->part[m->parts - 1]))
			return;
		m->plan->part[m->parts - 1] |= (unsigned char)what;
	}
	mimepart_type(m, &t);
	mimepart_found(m, what, mimepart_leaf_fixed(m, &t, e));
}

/* 1 if one of N bytes is above 127, else 0. */
static int
mimepart_is_eight(const char *p, size_t n)
{
	unsigned char all = 0;

	while (n > 0)
		all |= (unsigned char)p[--n];
	return all >> 7;
}

void
mimepart_look(struct mime *m, const char *p, size_t n)
{
	unsigned int what = mimepart_is_eight(p, n) ? MIME_EIGHT : 0;

	if (m->column > MIME_LINE_MAX)
		what |= MIME_LONG;
	if (!what)
		return;
	if (m->state == MIME_LEAF)
		mimepart_leaf_found(m, what);
	else if (what & MIME_EIGHT)
		mimepart_found(m, MIME_EIGHT,
		    m->state == MIME_HEAD ? "it is in a header"
			: m->sealed       ? "it is signed or encrypted"
					  : 0);
}

void
mimepart_line_out(struct mime *m)
{
	char out[MIMECODE_STEP];

	if (m->line && m->state == MIME_LEAF)
		mimepart_raw(m, out, mimecode_line(&m->code, out));
	else if (m->line)
		mimepart_raw(m, "\n", 1);
	m->line = 0;
}

void
mimepart_outside(struct mime *m, const char *p, size_t n)
{
	size_t i;

	if (m->goal != MIME_LINES || !(m->unwanted & MIME_EIGHT) || m->sealed) {
		mimepart_raw(m, p, n);
		return;
	}
	for (i = 0; i < n; i++)
		mimepart_raw(m, (unsigned char)p[i] < 128 ? p + i : "?", 1);
}

void
mimepart_leaf(struct mime *m, const char *p, size_t n)
{
	char out[MIMECODE_STEP];
	size_t i;

	if (m->code.form == MIMECODE_NONE) {
		mimepart_raw(m, p, n);
		return;
	}
	for (i = 0; i < n; i++)
		mimepart_raw(
		    m, out, mimecode_byte(&m->code, (unsigned char)p[i], out));
}

void
mimepart_end(struct mime *m)
{
	char out[MIMECODE_STEP];

	mimepart_raw(m, out, mimecode_end(&m->code, out));
}
