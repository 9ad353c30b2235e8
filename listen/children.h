/* SPDX-License-Identifier: ISC */
/* The children of a listener: who lives, and for which connection. */
#ifndef CHILDREN_H
#define CHILDREN_H

#include <stddef.h>
#include <sys/types.h>

#include "ip.h"
#include "log.h"

struct child {
	char connid[LOG_CONNID];
	char ip[IP_FMT];
};

/* A table of fixed size: the listener's memory does not grow while it runs. */
struct children {
	size_t max, live;
	pid_t *pid;          /* max places; 0 is a free one */
	struct child *child; /* what belongs to pid[i] */
};

/* Makes a table of MAX places; dies 111 without memory. */
void children_init(struct children *c, size_t max);

/* The place for one more child, or null if all are taken. The place counts as
 * taken once children_add has named its process. */
struct child *children_place(struct children *c);
void children_add(struct children *c, const struct child *place, pid_t pid);

/* Reaps one child that has ended. A process that is not in the table (one
 * that an earlier program in this process left behind) is reaped and not
 * counted. 1 *D and *STATUS (as of waitpid) are filled; 0 none is left. */
int children_reap(struct children *c, struct child *d, int *status);

/* Sends SIG to all that live. */
void children_kill(const struct children *c, int sig);

#endif
