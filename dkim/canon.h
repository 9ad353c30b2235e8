/* SPDX-License-Identifier: ISC */
/* The relaxed canonical forms of DKIM (RFC 6376, 3.4.2 and 3.4.4). Pure: text
 * with LF line ends in, and what is hashed of it out. */
#ifndef CANON_H
#define CANON_H

#include <stddef.h>
#include <stdint.h>

typedef void canon_sink(void *data, const char *p, size_t n);

/* The header field at P, N bytes with all of its lines, of whose name and
 * colon NAME_N bytes are the name; without a line end behind it. */
void canon_field(
    const char *p, size_t n, size_t name_n, canon_sink *sink, void *data);

struct canon_body {
	canon_sink *sink;
	void *data;
	uint64_t ends; /* line ends behind the last text */
	int space;     /* there is space behind it */
	int text;      /* there was some */
};

void canon_body_init(struct canon_body *b, canon_sink *sink, void *data);

/* More of the body. */
void canon_body_put(struct canon_body *b, const char *p, size_t n);

/* That was all of it. */
void canon_body_end(struct canon_body *b);

#endif
