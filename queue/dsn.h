/* SPDX-License-Identifier: ISC */
/* The text of a delivery status notification (RFC 3464, 6522; RFC 6533 for an
 * SMTPUTF8 message): words for a person, the same for a program, and the
 * message it is about or its header. */
#ifndef DSN_H
#define DSN_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "queue/queue.h"
#include "queue/report.h"

enum { DSN_FULL_MAX = 1024 * 1024, DSN_HEADER_MAX = 65536 };

enum dsn_action {
	DSN_DELIVERED,
	DSN_RELAYED,  /* to a server that does not tell */
	DSN_EXPANDED, /* an alias, to all that it stands for */
	DSN_DELAYED,
	DSN_FAILED,
	DSN_ACTIONS
};

struct dsn_entry {
	enum dsn_action action;
	const char *to;    /* the recipient as the sender gave it */
	const char *orcpt; /* "type;address", or null */
	struct report report;
};

struct dsn {
	const char *host;   /* this server */
	const char *rcpt;   /* whom the notice is for */
	const char *sender; /* the message's reverse-path */
	const char *envid;  /* or null */
	const char *id;     /* the message's id in the queue */
	uint64_t arrived, until;
	int utf8; /* RFC 6533 forms */
	int full; /* all of the message, unless it is larger than DSN_FULL_MAX */
	int fd;   /* the message, from offset BODY on */
	off_t body;
	const struct dsn_entry *entry;
	size_t n; /* at least one */
};

/* 1 if what the notice returns of the message has bytes above 127, which DSN's
 * envelope must say before its text; 0 no; -1 failed, with errno. */
int dsn_is_8bit(const struct dsn *d);

/* Writes it, IS_8BIT as dsn_is_8bit said. 0, or -1 with errno. */
int dsn_write(const struct dsn *d, struct queue_out *q, int is_8bit);

#endif
