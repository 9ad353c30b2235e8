/* SPDX-License-Identifier: ISC */
/* How many connections a prefix has: each holds a lock on a slot of it. */
#ifndef SLOT_H
#define SLOT_H

#include "ip.h"
#include "tally.h"

struct slot {
	int take; /* where slots are taken; of this process only */
	int hold; /* where they are held: read-only, goes on to the session */
};

/* Opens the file for the PLEN-bit prefix of IP and all longer ones. Dies 111
 * if it cannot. */
void slot_open(struct slot *t, const struct tally *s, const struct ip *ip,
    unsigned int plen);

/* Takes a slot of the PLEN-bit prefix of IP among the first MAX. 1; 0 all are
 * taken. Dies 111 if it cannot be told. */
int slot_take(const struct slot *t, const struct tally *s, const struct ip *ip,
    unsigned int plen, unsigned long max);

/* Leaves only T->hold open, for the session, and tells its number in CONNFD:
 * the slots are free when its last copy is closed. */
void slot_keep(const struct slot *t);

/* Gives back what was taken. */
void slot_leave(const struct slot *t);

#endif
