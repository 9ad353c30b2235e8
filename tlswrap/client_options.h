/* SPDX-License-Identifier: ISC */
/* The command line of tlsclient. */
#ifndef CLIENT_OPTIONS_H
#define CLIENT_OPTIONS_H

#include "client_dial.h"
#include "priv.h"
#include "verify.h"

struct client_options {
	struct verify verify;
	struct dial dial;
	const char *host, *protocol, *bundle;
	int delayed, status, drop;
	struct priv_id id;
	unsigned int connect, seconds, idle;
};

/* Fills O, and returns the command line of the next program. Dies 100 on what
 * is wrong or does not go together. */
char *const *client_options(struct client_options *o, int argc, char **argv);

#endif
