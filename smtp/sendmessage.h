/* SPDX-License-Identifier: ISC */
/* One message over a connection to a server: MAIL, RCPT, DATA. */
#ifndef SENDMESSAGE_H
#define SENDMESSAGE_H

#include "queue/envelope.h"
#include "smtp/sendconn.h"

enum {
	SENDMESSAGE_WINDOW = 50,  /* commands before a reply is read */
	SENDMESSAGE_CHUNK = 65536 /* a message that is sent without waiting */
};

struct sendmessage {
	const struct envelope *envelope;
	int fd;                       /* the message begins at envelope->body */
	const struct envelope_to *to; /* which need not be in the envelope */
	size_t n;
	struct sendconn_reply *result; /* one each: 2xx, 4xx or 5xx */
};

/* Sends M to its recipients and fills its results. After it c->broken tells
 * whether another message can follow. */
void sendmessage(struct sendconn *c, struct sendmessage *m);

#endif
