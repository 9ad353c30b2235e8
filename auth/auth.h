/* SPDX-License-Identifier: ISC */
/* The parts of checkpw. */
#ifndef AUTH_H
#define AUTH_H

#include <stddef.h>

#include "address.h"
#include "ip.h"
#include "priv.h"
#include "rules.h"

enum { REQUEST_MAX = 512 };

/* What a program that asks for a password check writes to fd 3. */
struct request {
	const char *user, *password; /* in s */
	char s[REQUEST_MAX + 1];
};

/* Finds user, password and time in the N bytes in Q->s: three strings, each
 * ended by NUL. 1; 0 not of that form. */
int request_parse(struct request *q, size_t n);

/* Reads all of FD, then closes it, and parses. 1; 0 not a request, too long,
 * or FD is not open. */
int request_read(struct request *q, int fd);

/* A user, taken from his record. */
struct account {
	char key[ADDRESS_MAX + 1]; /* his name: an address key */
	struct priv_id id;
	const char *hash, *home, *groups;
	struct rules_value record;
};

/* Looks up NAME (with DOMAIN, if not null, behind a name that has none) in
 * users rules U. 1; 0 no such user; -1 the rules or the record are damaged. */
int account_find(
    struct account *a, struct rules *u, const char *name, const char *domain);

/* Compares PASSWORD with HASH (crypt(3)). 1 right; 0 wrong, or no hash;
 * -1 it could not be computed, with errno. */
int password_right(const char *password, const char *hash);

/* 1 if HASH is of a method that is no longer good enough, else 0. */
int password_weak(const char *hash);

/* Takes as long as password_right with a user who exists, but answers
 * nothing: the first hash in U, or the default method, is computed. */
void password_waste(const char *password, struct rules *u);

/* 1 if one of GROUPS (names with commas between) grants SERVICE to IP (null:
 * unknown, and only '*' fits) in groups rules G; 0 none; -1 damaged rules. */
int rights_granted(struct rules *g, const char *groups, const char *service,
    const struct ip *ip);

#endif
