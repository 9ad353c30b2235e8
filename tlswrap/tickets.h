/* SPDX-License-Identifier: ISC */
/* Session tickets: sessions that are resumed by what the client brings. All
 * workers have the same two keys, one that tickets are made with and the one
 * before it; the master makes a new one when a ticket's life is over, so that
 * no ticket can be read any more when two lives are. */
#ifndef TICKETS_H
#define TICKETS_H

#include <openssl/ssl.h>

struct tickets_key {
	unsigned char name[16], cipher[32], mac[32];
};

struct tickets {
	unsigned int seconds; /* the life of a ticket */
	struct tickets_key now, before;
};

/* A new random key. Dies 111 if there is none. */
void tickets_random(struct tickets_key *k);

/* K is the key from now on. */
void tickets_turn(struct tickets *t, const struct tickets_key *k);

/* Makes the connections of CTX give and take tickets by T, which must stay
 * where it is; null: no tickets. 1, or 0 if the library will not have it. */
int tickets_use(SSL_CTX *ctx, const struct tickets *t);

#endif
