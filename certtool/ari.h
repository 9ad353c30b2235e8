/* SPDX-License-Identifier: ISC */
/* When a CA wants a certificate renewed: ACME Renewal Information (RFC 9773),
 * which uacme does not ask for. */
#ifndef ARI_H
#define ARI_H

#include <openssl/x509.h>
#include <time.h>

#include "aritext.h"
#include "certacme.h"

struct ari {
	time_t start, end;
};

/* The window in which X should be renewed. 1; 0: the CA has none, or it could
 * not be asked, and that was said. */
int ari_ask(
    struct ari *w, const struct certacme *a, const struct instance *i, X509 *x);

#endif
