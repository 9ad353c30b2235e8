/* SPDX-License-Identifier: ISC */
/* Quoted-printable and base64 as a stream. */
#include "mimecode.h"

#include <string.h>

#include "base64.h"

enum { MIMECODE_WIDTH = 76 };

void
mimecode_init(struct mimecode *c, enum mimecode_form form)
{
	c->form = form;
	c->column = c->n = 0;
}

/* A byte as it is or as =XX, behind a soft line end where it must be. */
static char *
mimecode_qp(struct mimecode *c, unsigned char byte, int plain, char *out)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t n = plain ? 1 : 3;

	if (c->column + n >= MIMECODE_WIDTH) {
		*out++ = '=';
		*out++ = '\n';
		c->column = 0;
	}
	c->column += n;
	if (plain) {
		*out++ = (char)byte;
		return out;
	}
	*out++ = '=';
	*out++ = hex[byte >> 4];
	*out++ = hex[byte & 15];
	return out;
}

/* Space at the end of a line would be lost: it waits for what follows. */
static char *
mimecode_qp_space(struct mimecode *c, int plain, char *out)
{
	if (c->n)
		out = mimecode_qp(c, c->held[0], plain, out);
	c->n = 0;
	return out;
}

static size_t
mimecode_qp_byte(struct mimecode *c, unsigned char byte, char *out)
{
	char *o = mimecode_qp_space(c, 1, out);

	if (byte == ' ' || byte == '\t') {
		c->held[0] = byte;
		c->n = 1;
	} else
		o = mimecode_qp(
		    c, byte, byte > ' ' && byte < 127 && byte != '=', o);
	return (size_t)(o - out);
}

/* The three bytes that are held, or as many as there are. */
static size_t
mimecode_base64(struct mimecode *c, char *out)
{
	char four[BASE64_SIZE(3)], *o = out;

	if (!c->n)
		return 0;
	if (c->column == MIMECODE_WIDTH) {
		*o++ = '\n';
		c->column = 0;
	}
	base64_encode(four, (const char *)c->held, c->n);
	memcpy(o, four, 4);
	c->column += 4;
	c->n = 0;
	return (size_t)(o + 4 - out);
}

size_t
mimecode_byte(struct mimecode *c, unsigned char byte, char *out)
{
	switch (c->form) {
	case MIMECODE_QP:
		return mimecode_qp_byte(c, byte, out);
	case MIMECODE_BASE64:
		c->held[c->n++] = byte;
		return c->n == 3 ? mimecode_base64(c, out) : 0;
	default:
		*out = (char)byte;
		return 1;
	}
}

size_t
mimecode_line(struct mimecode *c, char *out)
{
	char *o = out;
	size_t n;

	switch (c->form) {
	case MIMECODE_QP:
		o = mimecode_qp_space(c, 0, o);
		c->column = 0;
		break;
	case MIMECODE_BASE64:
		n = mimecode_byte(c, '\r', o);
		return n + mimecode_byte(c, '\n', o + n);
	default:
		break;
	}
	*o++ = '\n';
	return (size_t)(o - out);
}

size_t
mimecode_end(struct mimecode *c, char *out)
{
	if (c->form == MIMECODE_BASE64)
		return mimecode_base64(c, out);
	return (size_t)(mimecode_qp_space(c, 0, out) - out);
}
