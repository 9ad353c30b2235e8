/* SPDX-License-Identifier: ISC */
/* Failed logins, counted by the client's prefixes and by account, in the folder
 * that connlimit -f has named (LOGINFAILDIR) with limits for the prefixes
 * (CONNFAIL, CONNFAILWIDE). For the process that checks passwords, or has them
 * checked; never for the one that talks to the client. Where nothing is named,
 * nothing is counted. */
#ifndef LOGINFAIL_H
#define LOGINFAIL_H

#include "address.h"
#include "limit.h"
#include "tally.h"

enum { LOGINFAIL_DELAY_MAX = 30 };

struct loginfail {
	const char *dir; /* or null: nothing is counted */
	struct ip ip;
	struct limit limit[2]; /* of the prefix, and of the wide one */
	char user[ADDRESS_MAX + 1];
};

/* Begins an attempt to log in as USER. Dies 100 if the environment is wrong. */
void loginfail_begin(struct loginfail *f, const char *user);

/* How many seconds the password must not be looked at: 0 to
 * LOGINFAIL_DELAY_MAX, growing with the failures of the account and of the
 * prefix, but always 0 for a prefix without failures. -1: the prefix has
 * reached its limit, and no password counts. What is not 0 is logged. Dies 111
 * if it cannot be told. */
int loginfail_delay(const struct loginfail *f);

/* The attempt has failed. Dies 111 if that cannot be counted. */
void loginfail_count(const struct loginfail *f);

/* The failures of IP's prefix (WIDE or not) that count now against L. Dies 111
 * if that cannot be told. */
unsigned long loginfail_used(const struct tally *s, const struct ip *ip,
    int wide, const struct limit *l);

#endif
