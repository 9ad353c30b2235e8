/* SPDX-License-Identifier: ISC */
/* Fetching a policy of MTA-STS over HTTPS, by curl(1). */
#ifndef STSFETCH_H
#define STSFETCH_H

#include <stddef.h>

#include "smtp/stspolicy.h"

enum { STSFETCH_TRAILER = 1024, STSFETCH_WHY = 200 };

struct stsfetch {
	const char *ca;    /* authorities in place of the system's, or null */
	unsigned int port; /* 443 */
	unsigned int seconds; /* for all of it */
	/* how it came out */
	const char *word;       /* a result of RFC 8460, 4.3; null: done */
	char why[STSFETCH_WHY]; /* for an admin */
	size_t n;               /* of the policy */
	char text[STSPOLICY_TEXT + STSFETCH_TRAILER];
};

/* Fetches the policy of DOMAIN, which is not parsed yet. 0, or -1. */
int stsfetch(struct stsfetch *f, const char *domain);

#endif
