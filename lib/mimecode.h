/* SPDX-License-Identifier: ISC */
/* Quoted-printable and base64 (RFC 2045, 6.7 and 6.8), as a stream with LF
 * line ends. Pure. */
#ifndef MIMECODE_H
#define MIMECODE_H

#include <stddef.h>

enum mimecode_form { MIMECODE_NONE, MIMECODE_QP, MIMECODE_BASE64 };

enum { MIMECODE_STEP = 16 }; /* what one byte or line end comes to, at most */

struct mimecode {
	enum mimecode_form form;
	size_t column;
	size_t n; /* bytes of held: base64 not of three yet, QP a space */
	unsigned char held[3];
};

void mimecode_init(struct mimecode *c, enum mimecode_form form);

/* Writes what C becomes to OUT (MIMECODE_STEP bytes). How many. */
size_t mimecode_byte(struct mimecode *c, unsigned char byte, char *out);

/* The same for a line end: of a line in quoted-printable, CR LF in base64. */
size_t mimecode_line(struct mimecode *c, char *out);

/* What is left. The last line has no line end then, as far as it is not one of
 * the text. */
size_t mimecode_end(struct mimecode *c, char *out);

#endif
