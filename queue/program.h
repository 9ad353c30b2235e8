/* SPDX-License-Identifier: ISC */
/* The programs that aliases deliver to, as the compiled aliases have them. */
#ifndef PROGRAM_H
#define PROGRAM_H

#include "local.h"
#include "priv.h"
#include "rules.h"

struct program {
	struct priv_id id; /* who runs it: never root */
	size_t argc;
	const char *argv[LOCAL_ARGUMENTS + 1]; /* ended by a null pointer; they
	                  stay as long as the rules are open */
};

/* Finds the program that NAME ("|N ALIAS", see local_each) means in the
 * compiled aliases R. 1; 0 there is none; -1 the rules are damaged. */
int program_find(struct rules *r, const char *name, struct program *p);

#endif
