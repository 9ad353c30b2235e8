/* SPDX-License-Identifier: ISC */
/* The domains that mail has to go to, and what is known of each: how many
 * connections it has, whether it can be reached. */
#ifndef DEST_H
#define DEST_H

#include <stddef.h>
#include <stdint.h>

#include "queue/backlog.h"

enum {
	DEST_TABLE = 4096,
	DEST_REACHED = 256,
	DEST_BACKOFF_MAX = 3600,
	DEST_REASON = 512,
	DEST_FAILS = 100, /* more are not counted */
	DEST_SPREAD = 500 /* messages a second that come back */
};

struct dest {
	struct dest *chain; /* of the table */
	struct dest *next;  /* of those that want a connection */
	struct backlog backlog;
	size_t postponed;    /* messages sent back since the last success */
	unsigned int links;  /* connections there are */
	unsigned int fails;  /* in a row */
	int proven;          /* the last connection worked */
	unsigned int number; /* for schedule_add_for; none has it twice */
	int queued;          /* is among those that want one */
	int strict;          /* REQUIRETLS: by verified TLS only */
	uint64_t until;      /* not to be tried before */
	char reason[DEST_REASON]; /* why not */
	char domain[];
};

struct dests {
	struct dest *table[DEST_TABLE];
	unsigned int number;
	unsigned int reached[DEST_REACHED];
	size_t reached_n;
	int changed; /* fails, until or reason of one, for backoff.h: */
	uint64_t kept;
};

/* The destination of ADDRESS, its domain as the DNS has it (idn.h); made if there
 * is none. Null: no memory. */
struct dest *dest_find(struct dests *d, const char *address, int strict);

/* The same of DOMAIN, in that form. */
struct dest *dest_get(struct dests *d, const char *domain, int strict);

/* A connection to D worked. */
void dest_worked(struct dests *all, struct dest *d);

/* The number of a destination that has been reached for the first time while
 * messages wait for it; 0 no more. Of very many at once some are left out. */
unsigned int dest_reached(struct dests *d);

/* There was no connection, for REASON ("STATUS TEXT"). */
void dest_failed(
    struct dests *all, struct dest *d, const char *reason, uint64_t now);

/* Whatever has failed before, DOMAIN ("*": each) is tried with the next message
 * for it. */
void dest_retry(struct dests *d, const char *domain);

/* How many connections it should have now. */
unsigned int dest_links(const struct dest *d);

/* Seconds until a message for it can be taken, if D has enough as it is; else
 * 0. */
unsigned int dest_busy(struct dest *d, uint64_t now);

/* Forgets all destinations that nothing is known of and nothing waits for. */
void dest_tidy(struct dests *d, uint64_t now);

#endif
