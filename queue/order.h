/* SPDX-License-Identifier: ISC */
/* What the admin asks of queued about one message: a symbolic link in active/
 * whose text is "VERB NAME TEXT". It is there whole or not at all, waits while
 * queued is down, and is gone when it has been carried out. */
#ifndef ORDER_H
#define ORDER_H

#include "queue/finish.h"
#include "queue/job.h"
#include "queue/schedule.h"

enum { ORDER_MAX = 1024 };

enum order_verb {
	ORDER_HOLD,    /* wait until it is released */
	ORDER_RELEASE, /* try now */
	ORDER_RETRY, /* likewise, and servers of the domain TEXT ("*": all) that
	                * could not be reached; none that is held */
	ORDER_RETURN, /* to the sender, with TEXT as the reason */
	ORDER_DROP,   /* out of the queue, and nobody is told */
	ORDER_VERBS
};

struct order {
	enum order_verb verb;
	const char *message, *text; /* its name in active/ */
	char line[ORDER_MAX];
};

/* 1 if NAME is one of an order. */
int order_name(const char *name);

/* Leaves an order in the folder ACTIVE, with its name in NAME (QUEUE_NAME_MAX
 * bytes). 0, or -1 with errno. */
int order_give(int active, enum order_verb verb, const char *message,
    const char *text, char *name);

/* Reads order NAME. 1; 0 it is none; -1 failed, with errno. */
int order_read(int active, const char *name, struct order *o);

/* Carries O out on the waiting message W. 1 it goes on waiting until *DUE; 0
 * it has left the queue; -1 failed, with errno, and it waits as before. */
int order_do(const struct order *o, const struct waiting *w,
    const struct queue_dirs *q, const struct finish *f, struct local *l,
    uint64_t *due);

#endif
