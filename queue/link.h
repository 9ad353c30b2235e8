/* SPDX-License-Identifier: ISC */
/* The talk on one link: a socket whose other end is a smtproute, which is asked
 * for one message after the other by smtp/sendjob.h. */
#ifndef LINK_H
#define LINK_H

#include "queue/backlog.h"

struct link {
	int fd;                        /* -1: closed */
	int begun;                     /* it can take requests */
	struct backlog_item *item;     /* on its way, or null */
	char told[BACKLOG_RECIPIENTS]; /* 1: this target has its result */
};

enum link_said {
	LINK_READY,  /* it can take its first request */
	LINK_RESULT, /* one target of the item has its result */
	/* the request is over; so the item is the caller's again: */
	LINK_MORE,        /* it can take another */
	LINK_OVER,        /* it will take none */
	LINK_UNREACHABLE, /* nor would another link reach a server now */
	LINK_BROKEN       /* it has ended, or that was no answer */
};

/* Makes L and the descriptor *PEER of its other end. 0, or -1 with errno. */
int link_open(struct link *l, int *peer);

/* Asks for ITEM, whose message is in folder ACTIVE. 1; 0 that cannot be asked
 * for; -1 nothing can: L is not what it should be. After 1 ITEM is L's. */
int link_ask(struct link *l, int active, struct backlog_item *item);

/* Takes what L says next. Where the request is over or L is broken, its item
 * stays in place, for the caller to take out. */
enum link_said link_hear(struct link *l);

#endif
