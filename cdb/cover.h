/* SPDX-License-Identifier: ISC */
/* How much of the addresses a set of prefixes covers, and which of them are
 * covered whole by longer ones. */
#ifndef COVER_H
#define COVER_H

#include <stddef.h>
#include <stdint.h>

#include "ip.h"

struct cover_net {
	unsigned char k[18]; /* family, address, length: sorted by these */
	uint32_t line;
};

struct cover {
	struct cover_net *net;
	size_t n, size;
	double share[2]; /* of all IPv4, of all IPv6 addresses */
};

void cover_init(struct cover *c);
void cover_free(struct cover *c);

/* 0, or -1 no memory. */
int cover_add(
    struct cover *c, const struct ip *ip, unsigned int plen, uint32_t line);

/* Computes the shares, and calls HIDDEN (may be null) with the line of every
 * prefix whose addresses all belong to longer prefixes. */
void cover_compute(
    struct cover *c, void (*hidden)(void *, uint32_t line), void *data);

#endif
