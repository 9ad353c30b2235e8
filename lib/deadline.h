/* SPDX-License-Identifier: ISC */
/* Deadlines: instants on a clock that never steps. */
#ifndef DEADLINE_H
#define DEADLINE_H

#include <poll.h>
#include <skalibs/tai.h>

/* Sets *D to SECONDS from now. */
void deadline_in(tain *d, unsigned int seconds);

/* The milliseconds until D, rounded up; 0 it has passed. */
int deadline_left(const tain *d);

/* Waits until FD is ready for EVENTS (POLLIN, POLLOUT) or hung up.
 * 1 ready; 0 the deadline has passed; -1 failed, with errno. */
int deadline_wait(int fd, short events, const tain *d);

/* Writes all N bytes, waiting while FD would block (FD may be blocking or
 * not). 1 all written; 0 the deadline has passed; -1 failed, with errno. */
int deadline_write(int fd, const char *p, size_t n, const tain *d);

#endif
