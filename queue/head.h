/* SPDX-License-Identifier: ISC */
/* The header of a message in memory, field by field. */
#ifndef HEAD_H
#define HEAD_H

#include <stddef.h>

struct head {
	const char *next, *end; /* what is left to read */
	const char *name, *value;
	size_t name_n, value_n; /* value: without the blanks around it */
};

/* Begins with the N bytes at S: the message with LF line ends, or the beginning
 * of it. */
void head_start(struct head *h, const char *s, size_t n);

/* The next field, folded lines and all. 1; 0 there is none, or it does not end
 * within S. */
int head_next(struct head *h);

/* 1 if the field is NAME, in any case. */
int head_is(const struct head *h, const char *name);

/* 1 if its value is VALUE, in any case. */
int head_has(const struct head *h, const char *value);

/* 1 if the header says that the message was delivered to ADDRESS before: a
 * Delivered-To field with it. */
int head_delivered_to(const char *s, size_t n, const char *address);

/* 1 if the header says that a program sent it, or a list: nobody answers that
 * by a program (RFC 3834). */
int head_automatic(const char *s, size_t n);

#endif
