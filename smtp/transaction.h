/* SPDX-License-Identifier: ISC */
/* One mail transaction: what MAIL and RCPT said. */
#ifndef SMTP_TRANSACTION_H
#define SMTP_TRANSACTION_H

#include <stdint.h>

#include "address.h"
#include "queue/queue.h"
#include "smtp/limits.h"

enum smtp_notify { /* RFC 3461, 4.1 */
	SMTP_NOTIFY_NEVER = 1,
	SMTP_NOTIFY_SUCCESS = 2,
	SMTP_NOTIFY_FAILURE = 4,
	SMTP_NOTIFY_DELAY = 8
};

enum {
	SMTP_NOTIFY_TEXT = sizeof "success,failure,delay",
	SMTP_NOTES_MAX = 100000, /* one string of the environment has 131072 */
	SMTP_NOTES_SIZE = SMTP_NOTES_MAX + 16384,
	SMTP_TO_MAX = ADDRESS_MAX + 1 + SMTP_NOTIFY_TEXT + SMTP_ORCPT_MAX + 1
};

struct smtp_transaction {
	int mail; /* MAIL was accepted */

	/* its parameters; what was not said is 0 */
	uint64_t size;
	const char *body; /* "7bit" or "8bitmime" */
	int binary;       /* body was said to be binary, and is 8bitmime now */
	const char *ret;  /* "full" or "hdrs" */
	int utf8, requiretls;
	char envid[SMTP_ENVID_MAX + 1];
	char from[ADDRESS_MAX + 1];

	/* the parameters of the RCPT at hand */
	unsigned int notify; /* enum smtp_notify, or'ed */
	const char *orcpt;   /* in the command line; decoded */

	/* what policies want done to it, unseen by the client */
	int hold;
	char redirect[ADDRESS_MAX + 1];             /* "": not */
	char bcc[SMTP_BCC_MAX * (ADDRESS_MAX + 1)]; /* each ended by NUL */
	size_t bcc_n;

	int discard; /* a policy wants it thrown away, unseen by the client */
	unsigned int rcpts;
	size_t noted; /* bytes of notes about recipients, at the most */
	size_t to_n, prepend_n;
	char prepend[SMTP_PREPEND_MAX];
	/* three strings a recipient: the address, then NOTIFY and ORCPT as they
	 * go into the queue file, empty where they were not said */
	char to[QUEUE_RECIPIENTS * SMTP_TO_MAX];
};

/* Adds the recipient whose address stands at to[to_n] already. */
void smtp_transaction_add(struct smtp_transaction *t);

/* Adds ADDRESS to those that policies add, once. 1, or 0: there is no room. */
int smtp_transaction_bcc(struct smtp_transaction *t, const char *address);

/* Does what policies want of the recipients, before any is written. */
void smtp_transaction_settle(struct smtp_transaction *t);

/* What follows the recipient at TO. */
const char *smtp_transaction_next(const char *to);

/* Writes the envelope of T into Q. 0, or -1 with errno. */
int smtp_transaction_write(
    const struct smtp_transaction *t, struct queue_out *q);

/* The same as the lines that QUEUENOTES has (queue/notes.h), into OUT
 * (SMTP_NOTES_SIZE bytes). 0; -1 they do not fit, with errno: more was added
 * than one recipient behind a noted of SMTP_NOTES_MAX. */
int smtp_transaction_notes(const struct smtp_transaction *t, char *out);

/* Forgets all of it. */
void smtp_transaction_clear(struct smtp_transaction *t);

#endif
