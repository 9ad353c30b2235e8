/* SPDX-License-Identifier: ISC */
/* postern check: what its parts share. */
#ifndef CHECK_H
#define CHECK_H

#include "package/instance.h"

struct check {
	struct instance i;
	int errors;
};

/* One line: LEVEL (ok, warning, error), a space, and the words. */
void check_say(struct check *c, const char *level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* 1 if NAME can never be in the DNS: RFC 6761 keeps these for tests. */
int check_reserved(const char *name);

/* Does the name of the host lead here, and the address back to the name? */
void check_dns(struct check *c);

/* Does mail for the domains that are delivered here come here? */
void check_mx(struct check *c);

/* Do the services answer that are asked about mail that goes out? */
void check_out(struct check *c);

#endif
