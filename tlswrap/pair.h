/* SPDX-License-Identifier: ISC */
/* A worker and its signer, as the master sees them. */
#ifndef PAIR_H
#define PAIR_H

#include <sys/types.h>

#include "master.h"

/* Starts a worker, or a signer for one that lives. Dies 111 if it cannot. */
void pair_start_worker(struct master *m, struct master_pair *p);
void pair_start_signer(struct master *m, struct master_pair *p);

/* Gives the bundle NAME, open as FD, to both: the key to the one and the
 * certificates to the other. What is wrong with it goes to the log if TELL. */
void pair_give(struct master *m, struct master_pair *p, const char *name,
    int fd, int tell);

/* NAME is no longer there. */
void pair_gone(struct master_pair *p, const char *name);

/* These were all. */
void pair_all(struct master_pair *p);

/* The process PID, one of P, has ended. */
void pair_ended(struct master_pair *p, pid_t pid);

/* Ends a signer that does not answer its worker, if the worker says so. */
void pair_look(struct master_pair *p);

/* Tells the worker of P that K is the key of tickets from now on. */
void pair_tickets(struct master_pair *p, const struct tickets_key *k);

#endif
