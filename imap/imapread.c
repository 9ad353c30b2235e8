/* SPDX-License-Identifier: ISC */
/* A command of IMAP is lines with literals between. All of it must fit into the
 * buffer, and not a byte behind it is taken. */
#include <string.h>

#include "imapfront.h"

enum { IMAPREAD_ROOM = 64 }; /* what must be left for the end of a line */

/* A literal of SIZE bytes does not fit. One that was sent at once cannot be
 * told from the commands behind it. */
static int
imapread_large(struct front *f, struct line *l, enum imapcmd_literal kind)
{
	struct imapcmd c;

	f->in = *l;
	if (kind == IMAPCMD_NONSYNC) {
		reply_line(&f->out, "* BYE the literal is too long", (char *)0);
		return front_over(f, "a literal that is too long") - 1;
	}
	return imapfront_bad(f,
		   imapcmd_split(f->in.buf, strcspn(f->in.buf, "\r"), &c) >= 0
		       ? &c
		       : 0,
		   "the literal is too long") -
	    1;
}

/* Reads the command into the buffer of WHOLE, by F->in as a window that moves
 * over it. */
static int
imapread_lines(struct front *f, struct line *whole, size_t *used)
{
	enum imapcmd_literal kind;
	unsigned long long size;
	const char *bad;
	size_t n, room;
	char *s;
	int r;

	for (;;) {
		room = whole->size - *used;
		line_init(&f->in, 0, LINE_EXACT, whole->buf + *used, room);
		if ((r = front_line(f, &s, &n, &bad)) < 0)
			return -1;
		if (r == 0) {
			f->in = *whole;
			return imapfront_bad(f, 0, bad) - 1;
		}
		kind = imapcmd_literal(s, n, &size);
		*used += n;
		if (kind == IMAPCMD_NONE)
			return 1;
		whole->buf[(*used)++] = '\r';
		whole->buf[(*used)++] = '\n';
		if (size + IMAPREAD_ROOM > whole->size - *used)
			return imapread_large(f, whole, kind);
		if (kind == IMAPCMD_SYNC)
			reply_line(&f->out, "+ go on", (char *)0);
		if (front_bytes(f, whole->buf + *used, (size_t)size) < 0)
			return -1;
		*used += (size_t)size;
	}
}

int
imapread_command(struct front *f, char **s, size_t *n)
{
	struct line whole = f->in;
	int r;

	*n = 0;
	r = imapread_lines(f, &whole, n);
	f->in = whole;
	*s = whole.buf;
	return r;
}
