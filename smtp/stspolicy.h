/* SPDX-License-Identifier: ISC */
/* What a domain asks of those who send it mail (MTA-STS, RFC 8461): the TXT
 * record, the policy, and whether a host is one of its. */
#ifndef STSPOLICY_H
#define STSPOLICY_H

#include <stddef.h>

#include "hostname.h"

enum {
	STSPOLICY_TEXT = 65536, /* the longest policy */
	STSPOLICY_MX = 100,     /* the most patterns */
	STSPOLICY_ID = 33,      /* with a NUL */
	STSPOLICY_AGE = 31557600
};

enum stspolicy_mode { STSPOLICY_NONE, STSPOLICY_TESTING, STSPOLICY_ENFORCE };

struct stspolicy {
	enum stspolicy_mode mode;
	unsigned long max_age; /* seconds, at most STSPOLICY_AGE */
	size_t n;
	char mx[STSPOLICY_MX][HOSTNAME_SIZE + 2]; /* host, or "*." and host */
};

/* Reads a policy of N bytes. Null: done; else why it is none. */
const char *stspolicy_parse(struct stspolicy *p, const char *text, size_t n);

/* Reads the TXT record S: its id into ID. 1; 0 it is not about MTA-STS; -1 it
 * is, and malformed. */
int stspolicy_txt(const char *s, char *id);

/* 1 if HOST is one of P, else 0. */
int stspolicy_match(const struct stspolicy *p, const char *host);

/* "none", "testing" or "enforce". */
const char *stspolicy_word(enum stspolicy_mode mode);

/* Reads that word (in any case). 1, or 0. */
int stspolicy_mode(const char *word, enum stspolicy_mode *mode);

/* Adds the pattern S, "HOST" or "*.HOST". Null, or why not. */
const char *stspolicy_add(struct stspolicy *p, const char *s);

#endif
