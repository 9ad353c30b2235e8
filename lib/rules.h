/* SPDX-License-Identifier: ISC */
/* Compiled rules: the one place that reads and writes CDB files.
 *
 * A value is a run of "name=value" strings, each ended by NUL. Names that
 * begin with a dot are the compiler's: .line (number in the source), .text
 * (the source line), .verdict. The key "\0type" holds TYPE and a format
 * version; readers refuse another type. Sums vouch for each block that a lookup
 * reads (lib/vouch.h): a damaged file has no verdict at all. */
#ifndef RULES_H
#define RULES_H

#include <stddef.h>

enum { RULES_VALUE_MAX = 65536, RULES_KEY_MAX = 1024 };

struct rules;
struct rules_maker;

struct rules_value {
	const char *s; /* points into the file; valid until rules_close */
	size_t n;
};

/* Opens FILE, which must be compiled rules of TYPE. The caller owns the
 * result. NULL: failed, with errno (EPROTO: not such a file, or damaged). */
struct rules *rules_open(const char *file, const char *type);

/* The same, but dies 111 with a reason that names the file. */
struct rules *rules_need(const char *file, const char *type);

void rules_close(struct rules *r);

/* 1 if FILE still is the one that R was opened from (R null: there was none),
 * 0 if it has been replaced since. */
int rules_current(const struct rules *r, const char *file);

/* 0 if all of the file is as it was written; -1 damaged (EPROTO). */
int rules_whole(struct rules *r);

/* Looks KEY up. 1 found, first value in *V; 0 no such key; -1 damaged file
 * (EPROTO). */
int rules_find(
    struct rules *r, const void *key, size_t n, struct rules_value *v);

/* Steps through all records but "\0type"; *POS starts at 0. 1 a record;
 * 0 no more; -1 damaged. */
int rules_next(struct rules *r, unsigned int *pos, struct rules_value *key,
    struct rules_value *v);

/* The value of NAME in V, or NULL. With several, the first. */
const char *rules_get(const struct rules_value *v, const char *name);

/* The next "name=value" string of V after PREV (NULL: the first), or NULL. */
const char *rules_each(const struct rules_value *v, const char *prev);

/* Writes rules for FILE into a temporary file beside it. MODE is the mode of
 * a new file (an existing one's is kept, with its owner where possible).
 * NULL: failed, with errno. */
struct rules_maker *rules_make(
    const char *file, const char *type, unsigned int mode);

/* Adds a record; several of one key are kept in order. 0, or -1 with errno. */
int rules_add(struct rules_maker *m, const void *key, size_t kn,
    const void *value, size_t vn);

/* Finishes, renames over FILE, fsyncs file and folder, frees M. 0, or -1 with
 * errno: then FILE is as it was. */
int rules_commit(struct rules_maker *m);

/* Gives up: removes the temporary file, frees M. FILE is as it was. */
void rules_abort(struct rules_maker *m);

#endif
