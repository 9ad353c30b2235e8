/* SPDX-License-Identifier: ISC */
/* Which ip rule decides about a client: the lookup behind ipcheck and
 * relaycheck. How the keys are made is told in cdb/ (see postern-rules(5)). */
#ifndef IPRULES_H
#define IPRULES_H

#include "ip.h"
#include "rules.h"

struct iprules_verdict {
	int allow;        /* 1 or 0 */
	int exact;        /* 1: by a rule for this address alone, which no
	                     =host rule overrides */
	const char *line; /* number of the deciding line in the source */
	const char *text; /* that line */
	struct rules_value value; /* all of the record; variables are the names
	                             that do not begin with a dot */
};

/* Finds the rule of longest prefix for IP in R (type "ip"), and, with HOST (a
 * verified name, or null), the =host rules, in the order tcprules(1) has.
 * 1 a rule decided, *V is filled (valid until rules_close); 0 no rule fits:
 * the caller must deny; -1 damaged rules: the caller ends 111. */
int iprules_find(struct rules *r, const struct ip *ip, const char *host,
    struct iprules_verdict *v);

/* For a client whose name could not be looked up: is there a =host rule in R
 * that denies (ALLOW 0), or allows (1)? 1 or 0; -1 damaged rules. */
int iprules_hosts(struct rules *r, int allow);

/* May a rule set the variable NAME (N bytes)? 1 yes; 0 no: it would change
 * what programs run (LD_*, PATH...), or only the chain itself may set it
 * (CONNID, TCPREMOTEIP...); -1 that is no variable's name. */
int iprules_settable(const char *name, size_t n);

#endif
