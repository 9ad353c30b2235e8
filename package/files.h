/* SPDX-License-Identifier: ISC */
/* Files and folders of an instance, made and replaced whole. */
#ifndef FILES_H
#define FILES_H

#include <stdio.h>
#include <sys/types.h>

#include "priv.h"

/* Makes folder PATH with MODE and, if ID is not null, that owner. Dies 111. */
void files_folder(const char *path, mode_t mode, const struct priv_id *id);

/* Starts a new version of PATH beside it: PATH.new. Dies 111. */
FILE *files_start(const char *path, mode_t mode);

/* Writes it out, fsyncs, renames it over PATH. Dies 111; PATH is then as it
 * was. */
void files_finish(FILE *f, const char *path);

/* Takes the lock that keeps two changes to one instance apart, until exit. */
void files_lock(const char *dir);

#endif
