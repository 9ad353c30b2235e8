/* SPDX-License-Identifier: ISC */
/* The folder that messages come into, and who it belongs to. */
#ifndef INCOMING_H
#define INCOMING_H

#include "priv.h"

enum { INCOMING_PATH = 4096 };

struct incoming {
	int fd; /* close-on-exec */
	struct priv_id owner;
	char path[INCOMING_PATH];
};

/* Opens folder "incoming" of the queue QUEUEDIR. 0, or -1 with errno; path is
 * filled (as far as it fits) either way. */
int incoming_open(struct incoming *in, const char *queuedir);

#endif
