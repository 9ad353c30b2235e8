/* SPDX-License-Identifier: ISC */
/* From a name or a list of addresses to a connection (RFC 8305). */
#ifndef CLIENT_DIAL_H
#define CLIENT_DIAL_H

#include <skalibs/tai.h>
#include <stdint.h>

#include "ip.h"

enum { DIAL_MAX = 16, DIAL_DELAY = 250 /* ms */ };

struct dial {
	size_t n;
	struct ip ip[DIAL_MAX]; /* in the order in which they are tried */
	uint16_t port;
	unsigned int family;     /* 4, 16 or 0: both */
	struct ip from4, from16; /* our own addresses; len 0: any */
	const char *reason;      /* of the last failure */
};

enum dial_result { DIAL_OK, DIAL_NONAME, DIAL_NOLOOKUP, DIAL_FAILED };

/* Our own address of its family; the families without one are not used from
 * then on. */
void dial_from(struct dial *d, const struct ip *ip);

/* Reads HOST: a name, or addresses with commas between, which keep their
 * order. 1 addresses, now in D; 0 not of that form: a name. */
int dial_list(struct dial *d, const char *host);

/* Looks HOST up; IPv6 and IPv4 take turns, IPv6 first. DIAL_OK, DIAL_NONAME (no
 * such host, for good) or DIAL_NOLOOKUP (not now). */
enum dial_result dial_lookup(
    struct dial *d, const char *host, const tain *deadline);

/* Connects with the first address that answers: a further one is tried when
 * all before have failed or DIAL_DELAY has passed. DIAL_OK, the socket in *FD;
 * else DIAL_FAILED, and D has the reason. */
enum dial_result dial_connect(struct dial *d, int *fd, const tain *deadline);

#endif
