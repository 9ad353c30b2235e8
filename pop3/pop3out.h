/* SPDX-License-Identifier: ISC */
/* Output of a session that may be short replies or millions of lines: one
 * buffer. */
#ifndef POP3OUT_H
#define POP3OUT_H

#include <stddef.h>
#include <string.h>

enum { POP3OUT_SIZE = 131072 };

struct pop3out {
	int fd;
	unsigned int seconds; /* deadline of each write */
	int failed;           /* 1: later calls do nothing */
	size_t len;           /* bytes in buf */
	char *buf;            /* null while it sleeps */
};

/* 0, or -1: no memory. */
int pop3out_init(struct pop3out *o, int fd, unsigned int seconds);

/* Writes what is gathered. 0; -1 the client is gone or too slow. */
int pop3out_flush(struct pop3out *o);

/* Gives the buffer, which is empty, back while the client is silent. */
void pop3out_sleep(struct pop3out *o);

/* Before anything else is done with O again. 0, or -1: no memory. */
int pop3out_wake(struct pop3out *o);

/* Appends; flushes by itself when the buffer is full. */
void pop3out_put(struct pop3out *o, const char *p, size_t n);
void pop3out_u64(struct pop3out *o, unsigned long long n);

static inline void
pop3out_puts(struct pop3out *o, const char *s)
{
	pop3out_put(o, s, strlen(s));
}

#endif
