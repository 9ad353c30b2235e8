/* SPDX-License-Identifier: ISC */
/* The message behind DATA or BDAT: where it ends, and what it says with LF
 * line ends and without dot-stuffing.
 *
 *           .        CR          LF
 *     LINE -----> DOT -----> DOTCR -----> END      anything else in DOT and
 *      ^           |           |                   LINE is TEXT; CR and LF
 *      | LF        v           v CR was bare       anywhere else are bare
 *      CR <----- TEXT <------ BARE           in chunks a dot is text, too
 */
#include "smtp/unstuff.h"

#include <string.h>

/* One feed: what is left to read, the next CR and LF in it (END if there is
 * none), and where to write. */
struct unstuff_run {
	const char *p, *end, *cr, *lf;
	char *out;
};

void
unstuff_init(struct unstuff *u, enum unstuff_form form)
{
	u->form = form;
	u->state = UNSTUFF_LINE;
	u->bad = 0;
	u->size = 0;
}

static const char *
unstuff_find(const char *p, const char *end, int c)
{
	const char *q = memchr(p, c, (size_t)(end - p));

	return q ? q : end;
}

static void
unstuff_newline(struct unstuff *u, struct unstuff_run *r)
{
	*r->out++ = '\n';
	u->size += 2;
}

/* A line ended without CR LF. */
static void
unstuff_bare(struct unstuff *u, struct unstuff_run *r, unsigned int what)
{
	u->bad |= what;
	unstuff_newline(u, r);
	u->state = UNSTUFF_BARE;
}

/* Text, up to and with the next CR or LF. Each search is remembered until it
 * is passed: a megabyte of one without the other takes linear time. */
static void
unstuff_text(struct unstuff *u, struct unstuff_run *r)
{
	const char *stop;
	size_t n;

	if (r->cr < r->p)
		r->cr = unstuff_find(r->p, r->end, '\r');
	if (r->lf < r->p)
		r->lf = unstuff_find(r->p, r->end, '\n');
	stop = r->cr < r->lf ? r->cr : r->lf;
	n = (size_t)(stop - r->p);
	memmove(r->out, r->p, n);
	r->out += n;
	u->size += n;
	r->p = stop;
	if (stop == r->end)
		return;
	r->p++;
	if (stop == r->cr)
		u->state = UNSTUFF_CR;
	else
		unstuff_bare(u, r, UNSTUFF_BARELF);
}

/* Behind a CR: a line feed leads to NEXT, anything else leaves it bare. */
static void
unstuff_cr(struct unstuff *u, struct unstuff_run *r, enum unstuff_state next)
{
	if (*r->p != '\n') {
		unstuff_bare(u, r, UNSTUFF_BARECR);
		return;
	}
	r->p++;
	if (next == UNSTUFF_LINE)
		unstuff_newline(u, r);
	u->state = next;
}

static void
unstuff_step(struct unstuff *u, struct unstuff_run *r)
{
	int dot = u->form == UNSTUFF_DOTS && *r->p == '.';

	switch (u->state) {
	case UNSTUFF_LINE:
		u->state = dot ? UNSTUFF_DOT : UNSTUFF_TEXT;
		r->p += dot;
		break;
	case UNSTUFF_BARE:
		u->state = UNSTUFF_TEXT;
		r->p += dot;
		break;
	case UNSTUFF_TEXT:
		unstuff_text(u, r);
		break;
	case UNSTUFF_CR:
		unstuff_cr(u, r, UNSTUFF_LINE);
		break;
	case UNSTUFF_DOT:
		u->state = *r->p == '\r' ? UNSTUFF_DOTCR : UNSTUFF_TEXT;
		r->p += *r->p == '\r';
		break;
	case UNSTUFF_DOTCR:
		unstuff_cr(u, r, UNSTUFF_END);
		break;
	case UNSTUFF_END:
		break;
	}
}

size_t
unstuff_feed(
    struct unstuff *u, const char *in, size_t n, char *out, size_t *outn)
{
	struct unstuff_run r = {in, in + n, in, in, out};

	r.cr = unstuff_find(in, r.end, '\r');
	r.lf = unstuff_find(in, r.end, '\n');
	while (r.p < r.end && u->state != UNSTUFF_END)
		unstuff_step(u, &r);
	*outn = (size_t)(r.out - out);
	if (memchr(out, 0, *outn))
		u->bad |= UNSTUFF_NUL;
	return (size_t)(r.p - in);
}

size_t
unstuff_end(struct unstuff *u, char *out)
{
	struct unstuff_run r = {.out = out};

	if (u->state == UNSTUFF_CR)
		unstuff_bare(u, &r, UNSTUFF_BARECR);
	else if (u->state == UNSTUFF_TEXT)
		unstuff_newline(u, &r);
	return (size_t)(r.out - out);
}
