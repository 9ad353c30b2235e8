/* SPDX-License-Identifier: ISC */
/* A limit as it is written, "20", "30/60" or "none", and whom it is for. */
#ifndef LIMIT_H
#define LIMIT_H

#include "ip.h"

enum { LIMIT_MAX = 1000, LIMIT_RATE = 10000, LIMIT_SECONDS = 86400 };
enum { LIMIT_FMT = 24, LIMIT_PREFIX = IP_FMT + 4 };

struct limit {
	int none;              /* there is no limit, and nothing is counted */
	unsigned long n;       /* 0 to LIMIT_MAX, or LIMIT_RATE */
	unsigned long seconds; /* 1 to LIMIT_SECONDS, or 0: no rate */
};

/* Reads all of S as a rate "N/SECONDS" (RATE 1) or a number (RATE 0), or as
 * "none". 1; 0 it is not of that form (*L is then of no use). */
int limit_scan(const char *s, int rate, struct limit *l);

/* L as limit_scan reads it, into BUF (LIMIT_FMT bytes), which is returned. */
const char *limit_fmt(char *buf, const struct limit *l);

/* The prefix of IP that has a limit of its own: an IPv4 address or IPv6 /64,
 * or if WIDE the /24 or /48 around it. Its length. */
unsigned int limit_plen(const struct ip *ip, int wide);

/* That prefix as "ADDRESS/LENGTH", into BUF (LIMIT_PREFIX bytes), which is
 * returned. */
const char *limit_prefix(char *buf, const struct ip *ip, int wide);

#endif
