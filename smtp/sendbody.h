/* SPDX-License-Identifier: ISC */
/* A stored message as it goes over the wire. */
#ifndef SENDBODY_H
#define SENDBODY_H

#include <stddef.h>
#include <stdint.h>

#include "mime.h"
#include "smtp/sendconn.h"

struct sendbody_facts {
	uint64_t octets; /* with CRLF line ends */
	int eightbit;    /* holds octets above 127 */
	int long_line;   /* has one of more octets than RFC 5322 allows */
};

/* The N bytes at P, of a message with LF (or CRLF) line ends, as they go over
 * the wire: lines end with CRLF, and a dot at the beginning of one is doubled.
 * A CR alone is the end of a line too: none goes out but before an LF. */
struct sendbody {
	int middle; /* in a line */
	int cr;     /* a CR was the last byte, and nothing is written for it */
	int chunk;  /* for BDAT: a dot is a dot, and none is the end */
};

/* Writes them into OUT, of 2 * N + 2 bytes. How many. */
size_t sendbody_stuff(struct sendbody *b, const char *p, size_t n, char *out);

/* The end: what is missing of the last line, and a dot. Into OUT, of 5
 * bytes. How many. */
size_t sendbody_end(struct sendbody *b, char *out);

/* Finds out about the message in FD from offset AT on. 0, or -1 with errno. */
int sendbody_measure(int fd, size_t at, struct sendbody_facts *f);

/* What it has of octets without what is UNWANTED of what PLAN found (see
 * sendmime.h), into F. 0, or -1 with errno. */
int sendbody_measure_fit(int fd, size_t at, unsigned int unwanted,
    struct mime_plan *plan, struct sendbody_facts *f);

/* Puts it into OUT, SIZE bytes, as a chunk for BDAT; with UNWANTED not 0,
 * without that. *N bytes. 1; 0 it does not fit; -1 it cannot be read. */
int sendbody_chunk(int fd, size_t at, unsigned int unwanted,
    struct mime_plan *plan, char *out, size_t size, size_t *n);

/* Sends it, and the end; with UNWANTED not 0, without that. 0; -1 the
 * connection is broken; 1 the file cannot be read: the connection must be given
 * up before the end. */
int sendbody_send(struct sendconn *c, int fd, size_t at, unsigned int unwanted,
    struct mime_plan *plan);

#endif
