/* SPDX-License-Identifier: ISC */
/* When a CA wants a certificate renewed: ACME Renewal Information (RFC 9773),
 * which uacme does not ask for. */
#ifndef ARI_H
#define ARI_H

#include <openssl/x509.h>
#include <time.h>

#include "certacme.h"

enum { ARI_TEXT = 1024 };

struct ari {
	time_t start, end;
};

/* The CA's name for X: its authority key identifier and serial number, in
 * base64 for addresses, with a dot between. Into ID (ARI_TEXT bytes). 1; 0: X
 * has no such identifier. */
int ari_id(char *id, X509 *x);

/* The string that KEY has in the JSON TEXT into VALUE (ARI_TEXT bytes). 1 or
 * 0. Good for answers whose keys stand there once. */
int ari_string(char *value, const char *text, const char *key);

/* A time as RFC 3339 has it. 0: it is none. */
time_t ari_time(const char *s);

/* The window in which X should be renewed. 1; 0: the CA has none, or it could
 * not be asked, and that was said. */
int ari_ask(
    struct ari *w, const struct certacme *a, const struct instance *i, X509 *x);

#endif
