/* SPDX-License-Identifier: ISC */
/* What relaycheck has open while it answers. */
#ifndef ASK_H
#define ASK_H

#include "local.h"
#include "relaycheck/relaycheck.h"
#include "relaystate.h"

struct relaycheck {
	struct local local;
	/* null: there is no such file */
	struct rules *relay;
	struct rules *groups;
	int local_only; /* -L: nothing can go on to another server */
	int verbose;    /* -v: each rule that is asked is logged */
	int recorded;   /* -o: logins are noted, in: */
	struct relaystate state;
	int full; /* -q: where full mailboxes are noted; else -1 */
};

#endif
