/* SPDX-License-Identifier: ISC */
/* A session with one host: tlsclient and smtpsend behind it. */
#ifndef ROUTETRY_H
#define ROUTETRY_H

#include "smtp/routeplan.h"
#include "smtp/sendconn.h"

struct routetry {
	const char *helo, *port, *source, *ca, *seconds, *connect;
	int auth; /* descriptor, or -1 */
};

/* Has the host NAME take messages from standard input, over TLS as in P.
 * LITERALLY: it is the domain, for which there is no MX. 1 it took some, or
 * there was none; 0 there was no session, R says why. */
int routetry(const struct routetry *t, const struct routeplan *p,
    const char *name, int literally, struct sendconn_reply *r);

#endif
