/* SPDX-License-Identifier: ISC */
/* The envelope of qmail's QMAILQUEUE interface: "Fsender\0", then "Trcpt\0"
 * for each recipient, then "\0". */
#ifndef HANDOVER_H
#define HANDOVER_H

#include <stddef.h>

enum handover_verdict {
	HANDOVER_OK,
	HANDOVER_FORMAT, /* not of that form, or no recipient */
	HANDOVER_LONG,   /* an address is too long */
	HANDOVER_ADDRESS /* an address is none */
};

struct handover {
	const char *from; /* "" is the null reverse-path */
	const char *to;   /* the first recipient */
	size_t n;         /* how many */
};

/* Length of the whole envelope in the N bytes at S, or 0: more is to come. The
 * first SEEN bytes have been looked at before. */
size_t handover_whole(const char *s, size_t n, size_t seen);

/* Reads the whole envelope S (N bytes, as handover_whole says). Addresses are
 * local-part@domain; a recipient may be postmaster alone, and the sender
 * "#@[]", qmail's for double bounces, is the null reverse-path. H points
 * into S. */
enum handover_verdict handover_read(
    const char *s, size_t n, struct handover *h);

/* The recipient after TO. */
const char *handover_next(const char *to);

#endif
