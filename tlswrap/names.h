/* SPDX-License-Identifier: ISC */
/* The certificates of a worker, by name. */
#ifndef NAMES_H
#define NAMES_H

#include <openssl/ssl.h>

#include "clients.h"

struct tickets;

enum { NAMES_MAX = 255 };

struct names_entry {
	char *name;
	SSL_CTX *ctx;
};

struct names {
	struct names_entry *entry; /* sorted by name */
	size_t n, room;
	const char *first;             /* the name for clients that name none */
	const struct tickets *tickets; /* null: none are given */
	struct clients clients;        /* for names set later */
	int ask; /* 1: unknown names are asked for at the signer */
};

/* Loads the certificates in FD for NAME, whose key is the signer's KEY. What
 * is no good is logged, and what NAME had before stays. 0 or -1. */
int names_set(struct names *t, const char *name, int fd, uint64_t key);

/* Logs that there is no good bundle for NAME. */
void names_bad(const struct names *t, const char *name, const char *why);

/* Forgets NAME, unless it is the first one. */
void names_unset(struct names *t, const char *name);

/* The context new connections start with, or null if there is none yet. It
 * is replaced by that of the name the client asks for. */
SSL_CTX *names_first(const struct names *t);

/* Opens NAME.pem in the folder DIR. The descriptor, or -1 with errno. */
int names_open(int dir, const char *name);

#endif
