/* SPDX-License-Identifier: ISC */
/* A message made fit for a way that takes less than it has.
 *
 *            field                          delimiter of any multipart
 *     HEAD ---------> HEAD    LEAF, OUTSIDE ---------------------------> HEAD
 *       | empty line                        close delimiter
 *       |--> LEAF                LEAF, HEAD ---------------> OUTSIDE
 *       |--> OUTSIDE (a multipart: up to its first delimiter)
 *       '--> HEAD (a message) */
#include "mime.h"

#include <string.h>

#include "mimepart.h"

void
mime_init(struct mime *m, enum mime_goal goal, unsigned int unwanted,
    struct mime_plan *plan, mime_sink *sink, void *data)
{
	m->goal = goal;
	m->unwanted = unwanted;
	m->plan = plan;
	m->sink = sink;
	m->data = data;
	m->failed = 0;
	m->bad = 0;
	m->fault = 0;
	m->parts = m->depth = m->column = m->out_n = 0;
	m->sealed = m->cr = 0;
	m->start = 0;
	m->start_n = 0;
	if (goal == MIME_LOOK)
		memset(plan, 0, sizeof *plan);
	mimepart_begin(m, 1, MIMETYPE_TEXT);
}

static void mime_text(struct mime *m, const char *p, size_t n);

/* The line at hand has shown that it is not of the header: the text begins
 * with it. */
static void
mime_headless(struct mime *m)
{
	char name[MIMEHEAD_NAME];
	size_t n = m->head.name_n;

	memcpy(name, m->head.name, n);
	mimepart_header_end(m);
	m->column = 0;
	mime_text(m, name, n);
}

/* N bytes within a line, of which it is known what part they are in. */
static void
mime_judge(struct mime *m, const char *p, size_t n)
{
	if (m->goal == MIME_LOOK)
		mimepart_look(m, p, n);
	if (m->goal != MIME_BINARY || m->binary)
		return;
	if (memchr(p, '\r', n) || memchr(p, '\n', n))
		m->bad |= MIME_BARE;
	if (memchr(p, 0, n))
		m->bad |= MIME_NUL;
}

/* N bytes of a line of the header, if it is one. */
static void
mime_head(struct mime *m, const char *p, size_t n)
{
	size_t taken = mimehead_text(&m->head, p, n);

	if (m->head.done) {
		mime_headless(m);
		mime_text(m, p + taken, n - taken);
	} else if (m->head.named)
		mime_judge(m, p, n);
}

/* N bytes within a line that is no delimiter. */
static void
mime_text(struct mime *m, const char *p, size_t n)
{
	if (!n)
		return;
	m->column += n;
	if (m->state == MIME_HEAD) {
		mime_head(m, p, n);
		return;
	}
	mime_judge(m, p, n);
	mimepart_line_out(m);
	if (m->state == MIME_OUTSIDE)
		mimepart_outside(m, p, n);
	else
		mimepart_leaf(m, p, n);
}

/* The multipart whose delimiter the line in start_line is, with *CLOSE if it is
 * the last one; or the depth if it is none. */
static size_t
mime_delimiter(const struct mime *m, int *close)
{
	const struct mimetype *p;
	const char *s = m->start_line + 2;
	size_t n = m->start_n, i;

	while (n > 0 &&
	    (m->start_line[n - 1] == ' ' || m->start_line[n - 1] == '\t'))
		n--;
	if (n < 3 || memcmp(m->start_line, "--", 2) != 0)
		return m->depth;
	n -= 2;
	for (i = m->depth; i-- > 0;) {
		p = &m->multipart[i];
		if (n < p->n || memcmp(s, p->boundary, p->n) != 0)
			continue;
		*close = n == p->n + 2 && memcmp(s + p->n, "--", 2) == 0;
		if (n == p->n || *close)
			return i;
	}
	return m->depth;
}

/* The line in start_line is a delimiter of multipart I. */
static void
mime_divide(struct mime *m, size_t i, int close)
{
	if (m->state == MIME_HEAD) {
		m->head.name_n = 0;
		mimehead_end(&m->head, 0);
	} else if (m->state == MIME_LEAF)
		mimepart_end(m);
	if (m->line)
		mimepart_raw(m, "\n", 1);
	m->line = m->binary = 0;
	mimepart_raw(m, m->start_line, m->start_n);
	m->depth = close ? i : i + 1;
	if (m->sealed > m->depth)
		m->sealed = 0;
	if (close) {
		m->state = MIME_OUTSIDE;
		return;
	}
	mimepart_begin(m, 0,
	    m->multipart[i].kind == MIMETYPE_DIGEST ? MIMETYPE_MESSAGE
						    : MIMETYPE_TEXT);
}

/* The line so far, which may have been a delimiter: 1 it is one; 0 it is none,
 * and its text has gone where it belongs. */
static int
mime_start_end(struct mime *m)
{
	int close = 0;
	size_t i, n = m->start_n;

	if (!m->start)
		return 0;
	if ((i = mime_delimiter(m, &close)) < m->depth) {
		mime_divide(m, i, close);
		return 1;
	}
	m->start = 0;
	mime_text(m, m->start_line, n);
	return 0;
}

/* The line ends, which was no delimiter. */
static void
mime_line_end(struct mime *m)
{
	if (m->state != MIME_HEAD) {
		mimepart_line_out(m);
		m->line = 1;
		return;
	}
	mimehead_line(&m->head);
	if (!m->head.done)
		return;
	if (m->head.name_n) {
		mime_headless(m);
		mime_line_end(m);
	} else
		mimepart_header_end(m);
}

static void
mime_newline(struct mime *m)
{
	if (mime_start_end(m))
		mimepart_raw(m, "\n", 1);
	else
		mime_line_end(m);
	m->column = 0;
	m->start = m->depth > 0;
	m->start_n = 0;
}

/* N bytes within a line. */
static void
mime_bytes(struct mime *m, const char *p, size_t n)
{
	size_t i = 0;

	while (m->start && i < n) {
		m->start_line[m->start_n++] = p[i++];
		if ((m->start_n <= 2 && p[i - 1] != '-') ||
		    m->start_n == sizeof m->start_line) {
			m->start = 0;
			mime_text(m, m->start_line, m->start_n);
		}
	}
	mime_text(m, p + i, n - i);
}

/* Bytes at P, N at the most, up to the next byte C. */
static size_t
mime_find(const char *p, size_t n, int c)
{
	const char *q = memchr(p, c, n);

	return q ? (size_t)(q - p) : n;
}

static void
mime_put_crlf(struct mime *m, const char *p, size_t n)
{
	const char *end = p + n;
	size_t run;

	while (p < end) {
		if (m->cr && *p == '\n') {
			mime_newline(m);
			p++;
		} else if (m->cr)
			mime_bytes(m, "\r", 1);
		run = mime_find(p, (size_t)(end - p), '\r');
		mime_bytes(m, p, run);
		p += run;
		m->cr = p < end;
		p += m->cr;
	}
}

void
mime_put(struct mime *m, const char *p, size_t n)
{
	const char *end = p + n;
	size_t run;

	if (m->goal == MIME_BINARY) {
		mime_put_crlf(m, p, n);
		return;
	}
	while (p < end) {
		run = mime_find(p, (size_t)(end - p), '\n');
		mime_bytes(m, p, run);
		p += run;
		if (p < end) {
			mime_newline(m);
			p++;
		}
	}
}

int
mime_end(struct mime *m)
{
	if (m->cr)
		mime_bytes(m, "\r", 1);
	mime_start_end(m);
	if (m->state == MIME_HEAD && !m->head.named && m->head.name_n)
		mime_headless(m);
	if (m->state == MIME_HEAD)
		mimehead_end(&m->head, 0);
	mimepart_line_out(m);
	if (m->state == MIME_LEAF)
		mimepart_end(m);
	if (m->state == MIME_LEAF && m->code.form == MIMECODE_BASE64 &&
	    m->code.column)
		mimepart_raw(m, "\n", 1);
	mimepart_flush(m);
	return m->failed || m->bad || m->fault ? -1 : 0;
}
