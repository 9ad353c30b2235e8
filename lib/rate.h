/* SPDX-License-Identifier: ISC */
/* How often something happens to each of any number of keys: buckets of
 * L->n tokens that fill up again in L->seconds, in the state file of a tally.
 * What happens is told by its key: begin that with a letter of its own. */
#ifndef RATE_H
#define RATE_H

#include "limit.h"
#include "tally.h"

/* Takes a token out of the bucket of the N bytes at KEY. 1; 0 it is empty.
 * Dies 111 if that cannot be counted. */
int rate_take(
    const struct tally *s, const void *key, size_t n, const struct limit *l);

/* How many tokens of L->n have been taken and are not back yet (as many as
 * L->n: rate_take would say 0). Dies 111 if that cannot be told. */
unsigned long rate_used(
    const struct tally *s, const void *key, size_t n, const struct limit *l);

#endif
