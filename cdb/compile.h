/* SPDX-License-Identifier: ISC */
/* Compiling a rule source, whatever its type: records, duplicates, messages. */
#ifndef COMPILE_H
#define COMPILE_H

#include <skalibs/stralloc.h>

#include "cover.h"
#include "rules.h"
#include "seen.h"
#include "source.h"

enum { COMPILE_REFERS = 2 };

struct compile {
	const struct type *type;
	struct rules_maker *maker; /* null: only check */
	struct source source;
	struct seen seen;
	struct cover cover;          /* ip, relay */
	unsigned char plens[2][129]; /* ip, relay: 1 where a length is used */
	int has_default;             /* ip */
	int host[2];                 /* ip: =host rules deny, allow */
	stralloc kept;               /* aliases: the targets of all of them */
	stralloc text;               /* the line, as the record will show it */
	stralloc value;              /* the record being built */
	struct rules *refers[COMPILE_REFERS]; /* as type->refers, or null */
};

/* Reads the source from FD (NAME in messages) and, unless OUT is null, writes
 * the compiled rules there. With DIR, looks up in the compiled files there what
 * the source refers to. Exit code: 0; with WARNINGS, 1 there were some; 100 the
 * source has errors; dies 111 when something cannot be read or written. */
int compile_run(const struct type *type, const char *out, const char *name,
    int fd, const char *dir, int warnings);

/* Begins a record, and adds NAME=value to it. */
void compile_begin(struct compile *c);
void compile_put(
    struct compile *c, const char *name, const char *value, size_t n);
void compile_puts(struct compile *c, const char *name, const char *value);

/* What has been put, hashed: two records with the same say the same. */
uint64_t compile_meaning(const struct compile *c);

/* Ends the record with .line and .text and writes it under KEY, without asking
 * whether the key was there. */
void compile_write(struct compile *c, const void *key, size_t n);

/* The same without .line and .text: a record of the compiler's own. */
void compile_own(struct compile *c, const void *key, size_t n);

/* Like compile_write for a key that may be said once: of a second line there
 * is a warning, and the first one stays in force; SHOWN names the key. */
void compile_unique(
    struct compile *c, const void *key, size_t n, const char *shown);

/* That warning: the record begun is about what line FIRST was about. */
void compile_again(
    struct compile *c, const struct seen_first *first, const char *shown);

/* The same for a key that only one line may have. 1; 0 it was there, said. */
int compile_once(
    struct compile *c, const void *key, size_t n, const char *shown);

/* 1 if KEY is in file I that the type refers to, else 0; -1 nobody asked for
 * that (no -c). Dies 111 when it is damaged. */
int compile_refers(struct compile *c, int i, const char *key, size_t n);

/* Dies 111: out of memory. */
void compile_nomem(struct compile *c) __attribute__((noreturn));

#endif
