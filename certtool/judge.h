/* SPDX-License-Identifier: ISC */
/* Is a certificate fit to be served? */
#ifndef JUDGE_H
#define JUDGE_H

#include <openssl/x509.h>
#include <time.h>

enum judge_level { JUDGE_OK, JUDGE_WARNING, JUDGE_ERROR };

struct judge {
	STACK_OF(X509) * chain; /* leaf first */
	EVP_PKEY *key;          /* null: not known, not judged */
	char *const *names;     /* what it must be for; ended by a null */
	X509_STORE *roots;
	time_t now;
	int days;               /* warn from so many days left; -1: when less
	                            than a quarter of the lifetime is left */
	enum judge_level worst; /* so far */
	/* called for each finding: one line of words */
	void (*say)(
	    enum judge_level level, const char *topic, const char *text);
};

/* "ok", "warning" or "error". */
const char *judge_word(enum judge_level level);

/* A finding. */
void judge_say(struct judge *j, enum judge_level level, const char *topic,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* Judges key, names, dates, purpose, strength and chain, in this order. */
void judge_all(struct judge *j);

#endif
