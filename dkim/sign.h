/* SPDX-License-Identifier: ISC */
/* The DKIM-Signature field of a message (RFC 6376, RFC 8463). */
#ifndef DKIM_SIGN_H
#define DKIM_SIGN_H

#include <stdint.h>

#include "dkim/head.h"
#include "dkim/keys.h"

enum { DKIM_SIGN_HASH = 32, DKIM_SIGN_FIELD = 8192 };

struct dkim_sign {
	const struct dkim_head *head;
	const char *domain;
	uint64_t time, expires; /* 0: never */
	unsigned char body[DKIM_SIGN_HASH];
};

/* Writes the field of S by KEY, with LF line ends, into OUT (DKIM_SIGN_FIELD
 * bytes). Its length; 0 it does not fit; -1 OpenSSL failed. */
long dkim_sign_field(
    const struct dkim_sign *s, const struct dkim_key *key, char *out);

#endif
