/* SPDX-License-Identifier: ISC */
/* A message on its way from the client into the queue. Whatever is wrong with
 * it, it is read to its end before that is said. */
#ifndef SMTP_MESSAGE_H
#define SMTP_MESSAGE_H

#include <skalibs/tai.h>

#include "address.h"
#include "date.h"
#include "mime.h"
#include "queue/queue.h"
#include "smtp/header.h"
#include "smtp/unstuff.h"

struct smtp_filter;
struct smtp_session;

struct smtp_message {
	int open;              /* one has begun */
	int wanted;            /* 0 once it is clear that it is refused */
	struct queue_out *out; /* the queue's, or: */
	struct smtp_filter *filter;
	int error; /* why nothing more could be written, or 0 */
	tain end;  /* the deadline of all of it */
	struct unstuff text;
	struct mime mime; /* takes the place of text if it is binary */
	char last;        /* byte that came out of it */
	struct smtp_header header;
	char date[DATE_SIZE + 16], message_id[QUEUE_NAME_MAX + 300];
	char from[ADDRESS_MAX + 16];
	char id[QUEUE_NAME_MAX], said[480]; /* by a filter */
};

/* Begins a message that the client sends in FORM, with the envelope and the
 * header fields that are ours. Null, or the reply: it cannot be queued now. */
const char *smtp_message_open(struct smtp_session *s, enum unstuff_form form);

/* Takes some bytes of it from the client, MAX of them at the most. How many;
 * 0 the session is over. */
size_t smtp_message_more(struct smtp_session *s, size_t max);

/* Why it is refused as far as it is known, or null. */
const char *smtp_message_fault(const struct smtp_session *s);

/* It is complete: queues it and says what became of it. Ends the
 * transaction. */
void smtp_message_close(struct smtp_session *s);

/* Nothing of it will be queued. */
void smtp_message_drop(struct smtp_message *m);

#endif
