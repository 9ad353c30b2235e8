/* SPDX-License-Identifier: ISC */
/* The host names a certificate is for. */
#ifndef HOSTNAMES_H
#define HOSTNAMES_H

#include <stddef.h>

enum { HOSTNAMES_MAX = 100 };

struct hostnames {
	size_t n;
	char *name[HOSTNAMES_MAX + 1]; /* lower case, ended by a null pointer */
};

/* Adds S: a host name, perhaps with a wildcard as the whole first label, and
 * nothing that could be read as another name, path or option. One that is
 * there stays once. 1; 0 S is none. Dies 100 if there are too many. */
int hostnames_add(struct hostnames *h, const char *s);

/* The same, but dies 100 if S is none. */
void hostnames_need(struct hostnames *h, const char *s);

#endif
