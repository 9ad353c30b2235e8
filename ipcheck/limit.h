/* SPDX-License-Identifier: ISC */
/* A limit as it is written: "20", "30/60" or "none". */
#ifndef LIMIT_H
#define LIMIT_H

enum { LIMIT_MAX = 1000, LIMIT_RATE = 10000, LIMIT_SECONDS = 86400 };

struct limit {
	int none;              /* there is no limit, and nothing is counted */
	unsigned long n;       /* 0 to LIMIT_MAX, or LIMIT_RATE */
	unsigned long seconds; /* 1 to LIMIT_SECONDS, or 0: no rate */
};

/* Reads all of S as a rate "N/SECONDS" (RATE 1) or a number (RATE 0), or as
 * "none". 1; 0 it is not of that form (*L is then of no use). */
int limit_scan(const char *s, int rate, struct limit *l);

#endif
