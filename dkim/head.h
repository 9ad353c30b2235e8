/* SPDX-License-Identifier: ISC */
/* The header of a message that is to be signed: its fields, and whose message
 * it says it is. Pure. */
#ifndef DKIM_HEAD_H
#define DKIM_HEAD_H

#include <stddef.h>

#include "idn.h"

enum { DKIM_HEAD_SIZE = 262144, DKIM_HEAD_FIELDS = 1000 };

struct dkim_field {
	const char *p; /* into text */
	size_t n;      /* with all of its lines, without the last line end */
	size_t name_n;
};

struct dkim_head {
	int over;         /* an empty line has ended it */
	int cut;          /* it is longer than this has room for */
	char last;        /* byte that was put */
	size_t n, fields; /* bytes of text; of field */
	struct dkim_field field[DKIM_HEAD_FIELDS];
	char text[DKIM_HEAD_SIZE];
};

void dkim_head_init(struct dkim_head *h);

/* Takes what of the N bytes at P (with LF line ends) is the header. How many:
 * the rest is the body. */
size_t dkim_head_put(struct dkim_head *h, const char *p, size_t n);

/* Finds the fields. Null, or why they cannot be signed. */
const char *dkim_head_parse(struct dkim_head *h);

/* 1 if F has that NAME, in whatever case; else 0. */
int dkim_field_is(const struct dkim_field *f, const char *name);

/* Writes the domain of the addresses in From into DOMAIN (IDN_SIZE bytes), in
 * small letters and as the DNS has it. Null, or why there is no such domain. */
const char *dkim_head_domain(const struct dkim_head *h, char *domain);

#endif
