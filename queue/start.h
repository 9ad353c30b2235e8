/* SPDX-License-Identifier: ISC */
/* The child of the spawner, which becomes a delivery: looks up who that is,
 * becomes it, and starts deliver, delivercmd, smtproute or the filter. */
#ifndef START_H
#define START_H

#include "priv.h"

struct start_config {
	const char *cdb;             /* folder of the compiled rules */
	const char *host;            /* our name */
	unsigned int port;           /* of MX hosts */
	const char *authorities;     /* to be trusted too, a file, or null */
	const char *dnssec, *mtasts; /* sockets of these services, or null */
	const struct priv_id *send;  /* who sends, or null: the same user */
	char *const *filter;         /* of notices, or null */
	const struct priv_id *filter_as; /* likewise of those who filter */
	const char *queue;               /* its folder, for the filter */
};

/* FIELD: a request (see spawner.h), by the compiled rules in folder CDB; FD is
 * the message or the carrier's end, and what the delivery says goes to SAID.
 * Dies 111 if it cannot be started. */
void start_delivery(const char *cdb, const char *const *field, int fd, int said)
    __attribute__((noreturn));

/* FIELD: a request for the filter, for the message FD; what it says on its
 * descriptor 6 goes to SAID. */
void start_filter(const struct start_config *c, const char *const *field,
    int fd, int said) __attribute__((noreturn));

/* FIELD: a request for a link, which becomes smtproute, with FD. Where the mail
 * goes, and over what, it looks up itself. */
void start_link(const struct start_config *c, const char *const *field, int fd)
    __attribute__((noreturn));

#endif
