/* SPDX-License-Identifier: ISC */
/* The header of a message or of a part, on its way through: what it says of
 * the encoding is noted, and can be put in other words at its end. */
#ifndef MIMEHEAD_H
#define MIMEHEAD_H

#include <stddef.h>

enum {
	MIMEHEAD_NAME = 32,
	MIMEHEAD_TYPE = 2048,
	MIMEHEAD_ENCODING = 64,
	MIMEHEAD_HELD = 16384
};

/* Takes N bytes of the header. */
typedef void mimehead_sink(void *data, const char *p, size_t n);

struct mimehead {
	mimehead_sink *sink;
	void *data;
	int done;  /* the line at hand is not of it, and what of it was taken is
	            * in name */
	int named; /* the line at hand has shown which field it is of */
	enum { MIMEHEAD_OTHER, MIMEHEAD_IS_TYPE, MIMEHEAD_IS_ENCODING } field;
	int version, types, encodings; /* fields of that name */
	int signature;                 /* one is DKIM-Signature */
	size_t name_n, type_n, encoding_n;
	char name[MIMEHEAD_NAME], type[MIMEHEAD_TYPE],
	    encoding[MIMEHEAD_ENCODING];
	/* the first field with an encoding and all behind it, held back */
	int holds, over;      /* over: there was no more room, and it is gone */
	size_t held_n, other; /* where the field behind it begins */
	char held[MIMEHEAD_HELD];
};

void mimehead_init(struct mimehead *h, mimehead_sink *sink, void *data);

/* N bytes of a line, without its end. How many were taken: all, unless it has
 * shown that it is no line of a header (done). */
size_t mimehead_text(struct mimehead *h, const char *p, size_t n);

/* The line ends: an empty one, or one that is none of a header, is the end of
 * the header (done). */
void mimehead_line(struct mimehead *h);

/* The header is over: writes what was held back; if ENCODING is not null, with
 * that in place of its own. What cannot be written so is not: see
 * mimehead_fixed. */
void mimehead_end(struct mimehead *h, const char *encoding);

/* 1 if another encoding cannot be written, else 0. */
int mimehead_fixed(const struct mimehead *h);

#endif
