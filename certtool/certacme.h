/* SPDX-License-Identifier: ISC */
/* Certificates by ACME: settings in etc/acme of an instance, the work done by
 * uacme(1). */
#ifndef CERTACME_H
#define CERTACME_H

#include <openssl/x509.h>

#include "hostnames.h"
#include "package/instance.h"

enum { CERTACME_TEXT = 512 };

struct certacme {
	char url[CERTACME_TEXT];   /* of the CA's directory */
	char email[CERTACME_TEXT]; /* or empty */
	struct hostnames names;    /* beside the instance's host */
};

/* Reads etc/acme. 1; 0: there is none, so no ACME here. Dies 100 if it is
 * wrong, 111 if it cannot be read. */
int certacme_read(struct certacme *a, const struct instance *i);

/* Runs ARGV in the instance's folder as the role acme, its output to FD (-1:
 * where this goes). Its exit code; dies 100 if there is no such program, 111 if
 * it cannot be run. */
int certacme_run(const struct instance *i, char *const *argv, int fd);

/* Has the CA issue a certificate of KEY for the host and A's names, and writes
 * the name of the file with it into ANSWER (INSTANCE_PATH bytes). Dies 111 if
 * the CA does not, 100 if there is no uacme. */
void certacme_issue(const struct certacme *a, const struct instance *i,
    const char *host, EVP_PKEY *key, char *answer);

#endif
