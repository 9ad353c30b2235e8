/* SPDX-License-Identifier: ISC */
/* Files that hold keys and certificates, written whole or not at all. */
#ifndef STORE_H
#define STORE_H

#include <stddef.h>

/* Dies 100 if FILE is there. */
void store_absent(const char *file);

/* Writes N bytes to FILE: into a temporary file of MODE beside it, on disk
 * before it gets the name. Without FORCE a FILE that is there stays, and this
 * dies 100; other failures die 111. */
void store_file(
    const char *file, const char *p, size_t n, unsigned int mode, int force);

#endif
