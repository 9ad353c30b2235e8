/* SPDX-License-Identifier: ISC */
/* IMAP commands (RFC 3501, 9) as they come before a login. */
#ifndef IMAPCMD_H
#define IMAPCMD_H

#include <stddef.h>

enum { IMAPCMD_TAG = 64, IMAPCMD_NAME = 12, IMAPCMD_LINE = 8192 };

struct imapcmd {
	char tag[IMAPCMD_TAG + 1];
	char name[IMAPCMD_NAME + 1]; /* in upper case */
	char *args;                  /* behind the space; may be empty */
	size_t n;                    /* of args */
};

/* Takes the N bytes at S, a command whose literals are in it as they were sent
 * and whose last CR LF is not, apart. 1; 0 the tag is right, the rest is not;
 * -1 not even that. */
int imapcmd_split(char *s, size_t n, struct imapcmd *c);

/* The next argument, an astring, from *P (before END), decoded where it stands:
 * at *S, *N bytes. *P goes behind it. 1, or 0: there is none. */
int imapcmd_astring(char **p, char *end, char **s, size_t *n);

/* *P goes behind a space. 1, or 0: there is none. */
int imapcmd_space(char **p, const char *end);

enum imapcmd_literal {
	IMAPCMD_NONE,
	IMAPCMD_SYNC,   /* {n}: the client waits to be asked for it */
	IMAPCMD_NONSYNC /* {n+}: it comes at once */
};

/* Does a literal begin at the end of the N bytes at S, a line without its CR
 * LF? *SIZE is its length, at most 2^32. */
enum imapcmd_literal imapcmd_literal(
    const char *s, size_t n, unsigned long long *size);

/* 1 if C may be in a tag, else 0. */
int imapcmd_tagchar(char c);

#endif
