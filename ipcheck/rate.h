/* SPDX-License-Identifier: ISC */
/* How often a prefix connects. */
#ifndef RATE_H
#define RATE_H

#include "ip.h"
#include "limit.h"
#include "tally.h"

/* Counts a connection of the PLEN-bit prefix of IP, if L leaves room for it.
 * 1 it does; 0 the rate is reached. Dies 111 if that cannot be counted. */
int rate_take(const struct tally *s, const struct ip *ip, unsigned int plen,
    const struct limit *l);

#endif
