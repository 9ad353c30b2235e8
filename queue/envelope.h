/* SPDX-License-Identifier: ISC */
/* The envelope at the front of a queue file (see queue.h), as queued reads
 * it. */
#ifndef ENVELOPE_H
#define ENVELOPE_H

#include <stddef.h>
#include <stdint.h>

enum { ENVELOPE_MAX = 1024 * 1024 };

/* What the queue file does not say is null. */
struct envelope_to {
	const char *address;
	const char
	    *notify; /* DSN: "never", or some of "success,failure,delay" */
	const char *orcpt; /* DSN: "type;address", decoded */
};

struct envelope {
	const char *connid, *from;
	const char *body_type;  /* "7bit" or "8bitmime" */
	const char *smtputf8;   /* "yes" */
	const char *requiretls; /* "yes" */
	const char *hold;   /* "yes": not to be tried before it is released */
	const char *ret;    /* DSN: "full" or "hdrs" */
	const char *envid;  /* DSN: decoded */
	const char *origin; /* "double": a notice about a notice */
	const char *filter; /* "yes": a notice on its way to the filter */
	uint64_t time;      /* accepted at, in seconds */
	size_t body;        /* where the message begins in the file */
	size_t to_n;
	struct envelope_to *to; /* owned, as is text; the strings are in text */
	char *text;
};

/* Takes the envelope of the queue file that is open at FD. 1; 0 it is no
 * queue file or damaged; -1 failed, with errno. After 1 the caller frees E. */
int envelope_read(int fd, struct envelope *e);

/* The same from N bytes of memory at TEXT, which E takes over; TEXT is freed
 * unless the result is 1. */
int envelope_parse(char *text, size_t n, struct envelope *e);

void envelope_free(struct envelope *e);

/* 1 if NAME is one that queue_commit gave, its size then in *SIZE; else 0. */
int envelope_name(const char *name, uint64_t *size);

#endif
