/* SPDX-License-Identifier: ISC */
/* Lists of address patterns, as groups and limits take them. */
#ifndef IPLIST_H
#define IPLIST_H

#include "ip.h"

/* LIST is patterns with commas between, read left to right; the last one that
 * fits IP decides; '!' before a pattern means "not". A pattern is '*',
 * an address, ADDRESS/PLEN, or an IPv4 address whose octets may be '*' or
 * ranges (10.*, 10.0.1-120.5; missing octets at the end are '*').
 * 1 IP is in the list; 0 it is not (also: an empty list);
 * -1 the list is not of that form (the caller must treat it as no). */
int iplist_match(const char *list, const struct ip *ip);

/* 1 if LIST is of that form, else 0 with *BAD at the pattern at fault. */
int iplist_check(const char *list, const char **bad);

#endif
