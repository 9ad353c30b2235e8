/* SPDX-License-Identifier: ISC */
/* The folder of certificate bundles, watched by the master of tlsd. */
#ifndef FOLDER_H
#define FOLDER_H

#include <sys/stat.h>

#include "names.h"

enum { FOLDER_MAX = 100000 };

struct folder_file {
	char name[NAMES_MAX + 1]; /* without .pem */
	struct stat st;
};

struct folder {
	int dir;
	struct folder_file *file; /* sorted by name */
	size_t n;
};

/* Looks into F's folder and calls CHANGED for each bundle that is new or other
 * than the last time (GONE 0), or no longer there (GONE 1). A bundle is a file
 * NAME.pem whose name is a host name in lower case; ca.pem is none. 0, or -1
 * with errno: F is as it was. */
int folder_look(struct folder *f,
    void (*changed)(void *arg, const char *name, int gone), void *arg);

#endif
