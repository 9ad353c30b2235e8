/* SPDX-License-Identifier: ISC */
/* The MTA-STS policy of a domain, as the service mtasts(8) tells it. */
#ifndef ROUTESTS_H
#define ROUTESTS_H

#include <skalibs/tai.h>

#include "smtp/stspolicy.h"

enum { ROUTESTS_ANSWER = STSPOLICY_MX * (HOSTNAME_SIZE + 8) + 1024 };

struct routests {
	struct stspolicy policy;
	char failed[256]; /* why there is no newer one, or "" */
};

/* Asks the service at SOCKET. 0; -1 there is no answer. */
int routests_ask(struct routests *s, const char *socket, const char *domain,
    const tain *deadline);

/* Reads the answer TEXT, which is changed. 0; -1 it is none. */
int routests_parse(struct routests *s, char *text);

#endif
