/* SPDX-License-Identifier: ISC */
/* Who gets the next link: the destinations that want one stand in a line for
 * each class, best first, and those that may be dead must leave some links to
 * those that are not. */
#ifndef WANT_H
#define WANT_H

#include "queue/dest.h"

/* How much is known of a destination, best first. */
enum want_class {
	WANT_PROVEN, /* the last connection worked */
	WANT_NEW,    /* there was none */
	WANT_FAILED, /* the last one failed */
	WANT_CLASSES
};

struct want {
	unsigned int max;                /* links there can be */
	unsigned int busy[WANT_CLASSES]; /* links there are, by class */
	struct want_line {
		struct dest *first, *end;
	} line[WANT_CLASSES];
};

enum want_class want_class(const struct dest *d);

/* D gets a place at the end of its line, if it wants a link and has none. */
void want_add(struct want *w, struct dest *d);

/* The destination that is to have the next link, out of its line; null: none may
 * have one. */
struct dest *want_next(struct want *w);

/* 1 if links are wanted for which others are to be given up, else 0. */
int want_presses(const struct want *w);

#endif
