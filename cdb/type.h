/* SPDX-License-Identifier: ISC */
/* The types of rules: how a source line is compiled, how a record is shown. */
#ifndef TYPE_H
#define TYPE_H

#include "compile.h"

struct type {
	const char *name;
	unsigned int mode; /* of a new compiled file */
	/* takes one line (N bytes and a NUL, may be changed) */
	void (*line)(struct compile *c, char *text, size_t n);
	/* what is left to do after the last line (may be null) */
	void (*end)(struct compile *c);
	/* prints what R says about WHAT (see explain.h) */
	int (*explain)(struct rules *r, const char *what);
	/* types whose keys its lines name */
	const char *refers[COMPILE_REFERS];
};

/* The type of that name, or null. */
const struct type *type_find(const char *name);

/* Their names, with blanks between. */
extern const char type_names[];

/* 1 if S (N bytes) may be a group's name, else 0. */
int type_group_valid(const char *s, size_t n);

/* The key of the domain, or .domain, S into KEY (SIZE bytes): as it is looked
 * up. 1; 0 S is none. */
int type_domain(char *key, size_t size, const char *s);

void ip_line(struct compile *c, char *text, size_t n);
void ip_end(struct compile *c);
void relay_line(struct compile *c, char *text, size_t n);
void relay_end(struct compile *c);
void users_line(struct compile *c, char *text, size_t n);
void mailboxes_line(struct compile *c, char *text, size_t n);
void groups_line(struct compile *c, char *text, size_t n);
void domains_line(struct compile *c, char *text, size_t n);
void domains_end(struct compile *c);
void aliases_line(struct compile *c, char *text, size_t n);
void aliases_end(struct compile *c);
void routes_line(struct compile *c, char *text, size_t n);

#endif
