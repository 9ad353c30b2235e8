/* SPDX-License-Identifier: ISC */
/* Certificates of clients, where the request of tlswrap asks for them. */
#ifndef CLIENTS_H
#define CLIENTS_H

#include <openssl/ssl.h>

enum { CLIENTS_TEXT = 1024, CLIENTS_HASH = 80, CLIENTS_SERIAL = 64 };

/* Whom clients must be certified by. */
struct clients {
	X509_STORE *store; /* null: there is nobody */
	STACK_OF(X509_NAME) * names;
};

/* What may be told of a client. */
struct clients_who {
	char subject[CLIENTS_TEXT], issuer[CLIENTS_TEXT];
	char serial[CLIENTS_SERIAL], hash[CLIENTS_HASH];
};

/* Reads the certificates (PEM) in FD. Dies 100 if they are no good. */
void clients_read(struct clients *c, int fd);

/* Makes SSL ask its client for a certificate: NEED 1, the handshake fails
 * without a good one; 0, it does not. 1, or 0 without memory. */
int clients_ask(const struct clients *c, SSL *ssl, int need);

/* 1 who the client of SSL is, by a certificate that was verified. 0 there is
 * none; *WHY is null, or says what is wrong with the one there is. A name in
 * WHO that does not fit or cannot be shown is empty. */
int clients_who(const SSL *ssl, struct clients_who *who, const char **why);

#endif
