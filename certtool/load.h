/* SPDX-License-Identifier: ISC */
/* Reading keys and certificates in whatever form they come. */
#ifndef LOAD_H
#define LOAD_H

#include <openssl/x509.h>

enum { LOAD_MAX = 1024 * 1024 };

/* What a file held. */
struct load {
	EVP_PKEY *key; /* the first private key, or null */
	STACK_OF(X509) * certs;
};

/* Reads FILE ("-": standard input): PEM, DER or PKCS#7 with certificates, a
 * private key, or any mixture of PEM, with the line ends of any system. The
 * password of an encrypted key is asked for on a terminal. Adds to L, which is
 * zeroed or has been filled by this. Dies 100 if the file holds nothing of
 * that, naming what it is instead where that can be told; 111 if it cannot be
 * read. */
void load_file(struct load *l, const char *file);

/* The same, but a file that is not there adds nothing. 1 it is; 0 not there. */
int load_if(struct load *l, const char *file);

/* A private key from FILE. Dies 100 if it holds none. */
EVP_PKEY *load_key(const char *file);

void load_free(struct load *l);

#endif
