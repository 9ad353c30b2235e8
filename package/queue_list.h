/* SPDX-License-Identifier: ISC */
/* The messages of a queue, for the person who looks at it. */
#ifndef QUEUE_LIST_H
#define QUEUE_LIST_H

#include "queue/envelope.h"
#include "queue/state.h"

struct queue_item {
	const char *folder; /* incoming, active or failed */
	char *name;         /* owned */
	uint64_t size;
	struct envelope envelope; /* owned */
	struct state state;       /* owned */
};

/* The messages in the queue QUEUEDIR, the oldest first, into *ITEMS (for the
 * caller; the process ends soon). With ID, only that message. Dies 111. How
 * many. */
size_t queue_list(
    const char *queuedir, const char *id, struct queue_item **items);

/* 1 if recipient I of the message is waiting. */
int queue_list_waits(const struct queue_item *m, size_t i);

/* Prints the message, as list shows it. */
void queue_list_print(const struct queue_item *m);

#endif
