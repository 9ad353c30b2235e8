/* SPDX-License-Identifier: ISC */
/* A message made fit for a way that takes less than it has (RFC 6152, 3; RFC
 * 3030, 3): 8-bit text, binary parts and lines that are too long are encoded
 * part by part. A stream, in memory of a fixed size: text in by mime_put, text
 * with LF line ends out to a sink.
 *
 *   MIME_LOOK    finds out what each part holds, and writes nothing
 *   MIME_LINES   a second run: encodes the parts that hold what is not wanted
 *   MIME_BINARY  one run: encodes the parts that say that they are binary,
 *                where CR, LF and NUL are bytes like any others
 *
 * What is signed or encrypted is never changed, and headers never encoded. */
#ifndef MIME_H
#define MIME_H

#include <stddef.h>

#include "mimecode.h"
#include "mimehead.h"
#include "mimetype.h"

enum {
	MIME_DEPTH = 20,    /* multiparts in each other */
	MIME_PARTS = 1024,  /* that a run of MIME_LOOK knows apart */
	MIME_LINE_MAX = 998 /* RFC 5322, 2.1.1 */
};

/* What is found, or not wanted. */
enum { MIME_EIGHT = 1, MIME_LONG = 2, MIME_BARE = 4, MIME_NUL = 8 };

enum mime_goal { MIME_LOOK, MIME_LINES, MIME_BINARY };

/* What MIME_LOOK has found. */
struct mime_plan {
	unsigned int all;     /* MIME_EIGHT and MIME_LONG, of any part */
	const char *no_eight; /* why the first cannot be encoded, or null */
	const char *no_long;  /* the same of the second */
	int signature;        /* the message has a DKIM-Signature */
	unsigned char part[MIME_PARTS];
};

/* Takes N bytes; 0, or -1: no more can be written. */
typedef int mime_sink(void *data, const char *p, size_t n);

struct mime {
	enum mime_goal goal;
	unsigned int unwanted; /* MIME_LINES: MIME_EIGHT, MIME_LONG */
	struct mime_plan *plan;
	mime_sink *sink;
	void *data;
	int failed;        /* the sink has */
	unsigned int bad;  /* MIME_BARE, MIME_NUL: where it is not binary */
	const char *fault; /* MIME_BINARY: why it cannot be encoded */

	/* the part at hand */
	enum { MIME_HEAD, MIME_LEAF, MIME_OUTSIDE } state;
	size_t parts;              /* it is that one */
	int message;               /* it is a whole one */
	size_t sealed;             /* depth of what must not change; or 0 */
	int binary;                /* its octets are no lines */
	enum mimetype_kind unsaid; /* what it is if its header says nothing */
	struct mimehead head;
	struct mimecode code;
	/* the line at hand */
	size_t column;
	int cr;    /* MIME_BINARY: a CR that may be half a line end */
	int line;  /* the line end before it may be of a delimiter */
	int start; /* it may be a delimiter itself: so far it is in start_line */
	size_t start_n, depth, out_n;
	char start_line[MIMETYPE_BOUNDARY + 64];
	struct mimetype multipart[MIME_DEPTH];
	char out[4096];
};

/* Begins a run. PLAN is written by MIME_LOOK, read by MIME_LINES, and null for
 * MIME_BINARY. */
void mime_init(struct mime *m, enum mime_goal goal, unsigned int unwanted,
    struct mime_plan *plan, mime_sink *sink, void *data);

/* N bytes more: with LF line ends, for MIME_BINARY with CR LF. */
void mime_put(struct mime *m, const char *p, size_t n);

/* The message is complete. 0, or -1: something went wrong (failed, bad, fault)
 * and what was written is of no use. */
int mime_end(struct mime *m);

#endif
