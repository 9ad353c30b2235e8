/* SPDX-License-Identifier: ISC */
/* The ways to write client addresses in a rule, as prefixes. */
#ifndef NET_H
#define NET_H

#include <stddef.h>

#include "ip.h"

enum { NET_MAX = 65536 }; /* prefixes of one line */

struct net {
	int dots; /* octets given, or 0: see ip and plen */
	unsigned char low[4], high[4];
	struct ip ip;
	unsigned int plen;
	unsigned int count; /* prefixes it stands for: 1 unless it has ranges */
};

/* Reads an address, ADDRESS/LENGTH, "10.2." or octets with ranges
 * ("10.2-3.", "1.2.3.37-53"). 0, or what is wrong with it. */
const char *net_scan(const char *s, size_t n, struct net *net);

/* Prefix number I (below count) of NET. */
void net_prefix(
    const struct net *net, unsigned int i, struct ip *ip, unsigned int *plen);

#endif
