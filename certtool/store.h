/* SPDX-License-Identifier: ISC */
/* Files that hold keys and certificates, written whole or not at all. */
#ifndef STORE_H
#define STORE_H

#include <openssl/bio.h>
#include <stddef.h>

#include "priv.h"

struct store {
	const char *file;
	mode_t mode;
	int force;                   /* 1: over what is there */
	const struct priv_id *owner; /* null: whoever runs this */
};

/* Dies 100 if FILE is there. */
void store_absent(const char *file);

/* Makes a temporary file beside S->file with S's mode and owner and the N
 * bytes at P, on disk, and writes its name to TEMP (PATH_MAX bytes). Dies 111;
 * there is then no such file. */
void store_temp(const struct store *s, const char *p, size_t n, char *temp);

/* Writes N bytes to S->file by way of such a file. Without force a file that
 * is there stays, and this dies 100; other failures die 111. */
void store_file(const struct store *s, const char *p, size_t n);

/* The same with all that the memory BIO B holds. */
void store_bio(const struct store *s, BIO *b);

/* Makes the names in the folder that FILE lies in last. 0, or -1 with errno. */
int store_folder(const char *file);

/* Removes what interrupted runs have left beside FILE. */
void store_sweep(const char *file);

/* Takes the lock of the folder that FILE lies in, until exit. Dies 111. */
void store_lock(const char *file);

#endif
