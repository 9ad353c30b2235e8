/* SPDX-License-Identifier: ISC */
/* How queued asks for messages to be sent, and what it is told: messages of
 * peer.h over one socket to whoever has the connection.
 *
 * Who can take a request says SENDJOB_READY string: "ready". Until then nothing
 * has been asked, so a connection that does not come about can be given up.
 * A request is strings, each ended by NUL: the message's id, and for each
 * recipient its number in the envelope, with a "+" if it is an alias of several,
 * and the address to send to; and with it the queue file as a descriptor.
 * The answers are strings, each ended by NUL. For every recipient SENDJOB_TO of
 * them: its place in the request, from 0, a word (enum sendjob_word), the
 * enhanced status, the server ("" if none), and a text. Then SENDJOB_END of
 * them: "end", and
 *   "more"         another request may follow
 *   "over"         the connection is at its end
 *   "unreachable"  there was no connection, and would be none for others now */
#ifndef SENDJOB_H
#define SENDJOB_H

#include <stddef.h>

#include "queue/envelope.h"
#include "smtp/sendconn.h"

enum {
	SENDJOB_RECIPIENTS = 100,
	SENDJOB_REQUEST = SENDJOB_RECIPIENTS * 640,
	SENDJOB_ANSWER = 2048,
	SENDJOB_READY = 1,
	SENDJOB_TO = 5,
	SENDJOB_END = 2,
	SENDJOB_SECONDS = 30
};

enum sendjob_word {
	SENDJOB_DELIVERED, /* and the server will say so, if that was asked */
	SENDJOB_RELAYED,   /* to a server that will not (no DSN) */
	SENDJOB_DEFERRED,
	SENDJOB_FAILED
};

struct sendjob {
	struct envelope envelope;
	int fd;
	const char *id;
	size_t n;
	struct envelope_to to[SENDJOB_RECIPIENTS];
	char text[SENDJOB_REQUEST];
};

/* The word that result R is. DSN: the server has that. */
const char *sendjob_word(const struct sendconn_reply *r, int dsn);

/* Reads WORD: an enum sendjob_word, or -1. */
int sendjob_scan(const char *word);

/* Says that a request can be taken. 0, or -1. */
int sendjob_ready(int fd);

/* Takes a request from FD. 1; 0 no more will come; -1 failed, with errno. After
 * 1 the caller frees J. */
int sendjob_take(int fd, struct sendjob *j);

/* Tells of the I-th recipient of a request. 0, or -1. */
int sendjob_tell(int fd, size_t i, int dsn, const char *server,
    const struct sendconn_reply *r);

/* The last answer. 0, or -1. */
int sendjob_end(int fd, const char *word);

void sendjob_free(struct sendjob *j);

/* Splits the N bytes at P into at most MAX strings, each ended by NUL. How
 * many, or 0: they are not of that form. */
size_t sendjob_split(const char *p, size_t n, const char **field, size_t max);

#endif
