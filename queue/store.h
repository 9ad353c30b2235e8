/* SPDX-License-Identifier: ISC */
/* Storing messages in a Maildir so that they survive a power cut. */
#ifndef STORE_H
#define STORE_H

#include <stddef.h>
#include <stdint.h>

#include "maildir.h"

struct store_box {
	const char *maildir;
	int dir, new; /* the Maildir, and its folder new */
};

enum store_outcome {
	STORE_FAILED, /* nothing visible was left behind */
	STORE_BEFORE, /* an earlier try had stored it */
	STORE_DONE
};

struct store {
	const char *sender;    /* for Return-Path, or null */
	const char *recipient; /* for Delivered-To, or null */
	const char *original;  /* for X-Original-To, or null */
	uint64_t quota;        /* bytes the Maildir may hold; 0: no limit */
	const char *id;        /* fixed unique part of the name, or null */
	int again;             /* id may be there already: look first */
	enum store_outcome outcome; /* out, as all that follows */
	int error;      /* of STORE_FAILED, an errno. ELOOP: its header says
	                   that it was delivered to the recipient before;
	                   EDQUOT: there is no room for it now; EFBIG: it is
	                   larger than the quota */
	int out;        /* the file, until store_sync; -1: none */
	uint64_t bytes; /* octets of the file */
	char name[MAILDIR_NAME_MAX + 1]; /* its name in new/ */
};

/* Opens MAILDIR, and makes what is missing of it. 0, or -1 with errno. After 0,
 * store_close. */
int store_open(struct store_box *b, const char *maildir);

/* Copies FD, from where it stands to its end, into tmp and renames it to new. A
 * message that may have been stored by an earlier try (S->again) and is not
 * found gets a header field that says it is a possible duplicate. */
void store_put(struct store *s, const struct store_box *b, int fd);

/* Makes sure that those of the N messages at S that have been put are on disk,
 * with one fsync of the folder for all. Those that may not be are removed, and
 * have failed. */
void store_sync(struct store *s, size_t n, const struct store_box *b);

void store_close(struct store_box *b);

#endif
