/* SPDX-License-Identifier: ISC */
/* Policies that are kept: a folder with a file for each domain. */
#ifndef STSCACHE_H
#define STSCACHE_H

#include <stdint.h>

#include "smtp/stspolicy.h"

enum { STSCACHE_WHY = 256 };

struct stscache {
	char id[STSPOLICY_ID];     /* of the policy, "" if there is none */
	uint64_t fetched, until;   /* when it came, when it ends; 0 */
	char tried[STSPOLICY_ID];  /* the id for which it was last fetched */
	uint64_t when;             /* and when; 0 never */
	char failed[STSCACHE_WHY]; /* why that failed, or "" */
	size_t n;                  /* of the policy */
	char text[STSPOLICY_TEXT];
};

/* Reads what folder DIR has of DOMAIN (hostname_clean has made it) into C. 1; 0
 * nothing, or nothing that can be read as that: C is empty; -1 with errno. */
int stscache_read(int dir, const char *domain, struct stscache *c);

/* Replaces it by C. Once a day what has ended goes. 0, or -1 with errno. */
int stscache_write(int dir, const char *domain, const struct stscache *c);

/* Fills C from the N bytes of a file. 1 or 0, as stscache_read. */
int stscache_parse(struct stscache *c, const char *file, size_t n);

#endif
