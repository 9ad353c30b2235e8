/* SPDX-License-Identifier: ISC */
/* Certificates in words. Control characters of a certificate never come
 * through. */
#ifndef WORDS_H
#define WORDS_H

#include <openssl/x509.h>
#include <time.h>

enum { WORDS_MAX = 1024, WORDS_TIME = 32, WORDS_NAMES = 8192 };

/* NAME into BUF (WORDS_MAX bytes), which is returned: its common name, or all
 * of it if FULL or there is none. */
const char *words_name(char *buf, const X509_NAME *name, int full);

/* The host names of X, with ", " between, into BUF (WORDS_NAMES bytes). */
const char *words_hosts(char *buf, X509 *x);

/* The type of KEY, as "RSA 2048" or "ECDSA P-256", into BUF (WORDS_MAX). */
const char *words_key(char *buf, const EVP_PKEY *key);

/* A date into BUF (WORDS_TIME bytes), as 2026-11-24. */
const char *words_date(char *buf, time_t t);

time_t words_time(const ASN1_TIME *t);

/* How much of X's lifetime is over at NOW, in per cent (0 to 100, 101 for
 * more). */
int words_share(const X509 *x, time_t now);

/* The whole days from NOW until T; negative: since then. */
long words_days(time_t t, time_t now);

#endif
