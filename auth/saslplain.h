/* SPDX-License-Identifier: ISC */
/* The message of SASL PLAIN (RFC 4616): [authzid] NUL user NUL password. */
#ifndef SASLPLAIN_H
#define SASLPLAIN_H

#include <stddef.h>

enum saslplain_verdict {
	SASLPLAIN_BAD,   /* not of that form */
	SASLPLAIN_OTHER, /* to log in as another, which nobody may */
	SASLPLAIN_OK
};

struct saslplain {
	const char *user, *password; /* in the message */
	size_t un, pn;
};

/* Takes the N bytes at S apart. */
enum saslplain_verdict saslplain_parse(
    const char *s, size_t n, struct saslplain *p);

#endif
