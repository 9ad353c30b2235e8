/* SPDX-License-Identifier: ISC */
/* Names of messages in a Maildir. */
#ifndef MAILDIR_H
#define MAILDIR_H

#include <stddef.h>
#include <stdint.h>

enum { MAILDIR_NAME_MAX = 255, MAILDIR_NONE = -1 };

/* What a name says: secs.MusecsPpid.host,S=bytes,W=crlfbytes:2,FLAGS */
struct maildir_name {
	size_t base;       /* length of the name without ":2,FLAGS" */
	size_t uid;        /* length up to the first ',' or ':' */
	int64_t s;         /* S=: octets in the file, or MAILDIR_NONE */
	int64_t w;         /* W=: octets with CRLF line ends, or MAILDIR_NONE */
	const char *flags; /* the text after ":2,", or "" */
};

/* Takes NAME apart; any name is a valid one. */
void maildir_parse(const char *name, struct maildir_name *n);

/* Writes a new unique base name (no sizes, no flags) into BUF
 * (MAILDIR_NAME_MAX + 1 bytes); HOST has '/' and ':' replaced as the Maildir
 * page says. 0, or -1 if it would not fit. */
int maildir_unique(char *buf, const char *host);

/* Makes DIR with tmp, new and cur, mode 0700, where they are missing. 0, or -1
 * with errno. */
int maildir_make(const char *dir);

#endif
