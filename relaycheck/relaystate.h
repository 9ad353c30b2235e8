/* SPDX-License-Identifier: ISC */
/* Which addresses have logged in lately: what relayopen writes and relaycheck
 * reads for a rule popauth.
 *
 * The file "opened" in a folder that only the writer's user may write to. It
 * has a fixed size: an entry is a prefix (an IPv4 address, an IPv6 /64) and the
 * time of its last login, nothing else, and takes the place of the oldest one
 * that it meets. So nobody needs to clean up, and nothing in it but an address
 * can mean anything. */
#ifndef RELAYSTATE_H
#define RELAYSTATE_H

#include "ip.h"
#include "siphash.h"

struct relaystate {
	int fd; /* -1: nobody has logged in yet */
	unsigned char key[SIPHASH_KEY];
};

/* Notes a login from IP, now. 0; -1 failed, with errno (EPERM: DIR is not this
 * user's own, or others may write to it). */
int relaystate_record(const char *dir, const struct ip *ip);

/* Opens for reading what DIR holds, if it holds anything. 0; -1 with errno
 * (EPERM: others than its owner may write to DIR). */
int relaystate_open(struct relaystate *s, const char *dir);

/* The seconds since the last login from IP; -1 there was none, or it is
 * forgotten; -2 it cannot be read. */
long relaystate_age(const struct relaystate *s, const struct ip *ip);

void relaystate_close(struct relaystate *s);

#endif
