/* SPDX-License-Identifier: ISC */
/* The header of the PROXY protocol, versions 1 and 2, as bytes. */
#ifndef PROXYHEAD_H
#define PROXYHEAD_H

#include <stddef.h>
#include <stdint.h>

#include "ip.h"

enum {
	PROXYHEAD_MAX = 536,  /* what every TCP path takes in one segment */
	PROXYHEAD_BEGIN = 12, /* enough to tell that a header begins */
};

struct proxyhead {
	struct ip remote, local; /* set if named */
	uint16_t remote_port, local_port;
	int named;       /* 0: the connection's own addresses are right */
	size_t len;      /* of the header; while it is not whole, the least it
	                    can be */
	const char *bad; /* why it is no header */
};

/* Reads the header at P, of which N bytes are there. 1 it is whole; 0 more
 * bytes are needed (all N belong to it, and H->len is larger than N); -1 it is
 * malformed or of no use to a TCP server, and H->bad says why. */
int proxyhead_scan(struct proxyhead *h, const unsigned char *p, size_t n);

/* 1 if the N bytes at P begin like a header, else 0. */
int proxyhead_begins(const unsigned char *p, size_t n);

#endif
