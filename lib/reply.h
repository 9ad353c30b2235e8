/* SPDX-License-Identifier: ISC */
/* Replies to a client, gathered and written in one go. */
#ifndef REPLY_H
#define REPLY_H

#include <skalibs/tai.h>
#include <stddef.h>

enum { REPLY_SIZE = 4096 };

struct reply {
	int fd;
	unsigned int seconds; /* deadline of each write to the client */
	int failed; /* 1 once a write failed: later calls do nothing */
	size_t len;
	char buf[REPLY_SIZE];
};

void reply_init(struct reply *r, int fd, unsigned int seconds);

/* Appends; flushes by itself when the buffer is full. */
void reply_put(struct reply *r, const char *p, size_t n);
void reply_puts(struct reply *r, const char *s);
void reply_u64(struct reply *r, unsigned long long n);

/* Appends the strings (ended by a null pointer) and CR LF. Control characters
 * in them become '?', so a reply is always one line. */
void reply_line(struct reply *r, ...) __attribute__((sentinel));

/* Writes what is gathered. 0 done; -1 the client is gone or too slow. */
int reply_flush(struct reply *r);

#endif
