/* SPDX-License-Identifier: ISC */
/* A message on its way through a filter: a file without a name, with room in
 * front of the message for what is put there at the end. */
#ifndef SPOOLFILE_H
#define SPOOLFILE_H

#include <stddef.h>

enum { SPOOLFILE_FRONT = 65536, SPOOLFILE_BUFFER = 65536 };

struct spoolfile {
	int fd; /* -1: all of it is in buf */
	size_t n;
	char buf[SPOOLFILE_BUFFER];
};

void spoolfile_init(struct spoolfile *s);

/* More of the message. 0, or -1 with errno. */
int spoolfile_put(struct spoolfile *s, const char *p, size_t n);

/* The message is complete, and goes behind the N bytes (SPOOLFILE_FRONT at the
 * most) at FRONT. A descriptor from which both can be read, which is the
 * caller's; or -1 with errno. */
int spoolfile_finish(struct spoolfile *s, const char *front, size_t n);

#endif
