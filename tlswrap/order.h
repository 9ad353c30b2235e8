/* SPDX-License-Identifier: ISC */
/* What the master of tlsd tells its workers and signers: packets, some with
 * an open file. */
#ifndef ORDER_H
#define ORDER_H

#include <stdint.h>

#include "names.h"
#include "tickets.h"

enum { ORDER_WHY = 128 };

enum order_kind {
	ORDER_BUNDLE = 'b',  /* NAME's key and certificates are KEY from now on:
	                       to a signer with the bundle, to a worker with
	                       the certificates */
	ORDER_GONE = 'g',    /* NAME is no longer there */
	ORDER_BAD = 'x',     /* NAME's bundle is no good, WHY */
	ORDER_SIGNER = 's',  /* to a worker, with the socket to its signer */
	ORDER_TICKETS = 't', /* to a worker: the key of tickets from now on */
	ORDER_CLIENTS = 'c', /* to a worker, with the CA file for clients */
	ORDER_ALL = 'a'      /* these were all bundles; is answered */
};

struct order {
	uint64_t key;
	char kind;
	char name[NAMES_MAX + 1];
	char why[ORDER_WHY];
	struct tickets_key tickets;
};

/* What a signer has to say of a bundle; with the certificates if it is good. */
struct order_reply {
	int ok;
	char why[ORDER_WHY]; /* not */
};

/* What a worker says to its master. */
enum { ORDER_READY = '.', ORDER_STALLED = '!' };

/* Sends an order of KIND about NAME, and FD unless that is -1. 0, or -1 with
 * errno. */
int order_send(
    int s, enum order_kind kind, uint64_t key, const char *name, int fd);

/* The same for a bundle that is no good. */
int order_bad(int s, const char *name, const char *why);

/* The same with a key of tickets. */
int order_tickets(int s, const struct tickets_key *k);

/* Receives into O, and an open file or -1 into FD. 1; 0 if the other side is
 * gone; -1 with errno. */
int order_recv(int s, struct order *o, int *fd);

#endif
