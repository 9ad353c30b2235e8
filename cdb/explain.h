/* SPDX-License-Identifier: ISC */
/* What compiled rules say about a key, for people (and scripts) to read:
 * the verdict, if the type has one; NAME=value lines; "# line N: text". */
#ifndef EXPLAIN_H
#define EXPLAIN_H

#include "iprules.h"
#include "rules.h"

enum { EXPLAIN_MISSING = 2 };

/* Each prints what R says about WHAT on standard output. 1 it says something
 * (ip: allow); 0 deny; EXPLAIN_MISSING there is no such key (types without a
 * verdict); -1 damaged rules, or WHAT is not a key of that type (errno
 * EINVAL). */
int explain_ip(struct rules *r, const char *what);
int explain_relay(struct rules *r, const char *what);
int explain_address(struct rules *r, const char *what);
int explain_domain(struct rules *r, const char *what);
int explain_name(struct rules *r, const char *what);
int explain_route(struct rules *r, const char *what);

/* Prints the source lines that are in force, each with its number of old (empty
 * lines stand for all others): compiled again, they say the same. Password
 * hashes only with SECRETS. 0, or -1 damaged. */
int explain_dump(struct rules *r, int secrets);

#endif
