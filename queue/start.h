/* SPDX-License-Identifier: ISC */
/* The child of the spawner, which becomes a delivery: looks up who that is,
 * becomes it, and starts deliver or delivercmd. */
#ifndef START_H
#define START_H

/* FIELD: a request (see spawner.h), by the compiled rules in folder CDB; the
 * message is open at FD, and what the delivery says goes to SAID. Dies 111
 * if it cannot be started. */
void start_delivery(const char *cdb, const char *const *field, int fd, int said)
    __attribute__((noreturn));

#endif
