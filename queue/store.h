/* SPDX-License-Identifier: ISC */
/* Storing a message in a Maildir so that it survives a power cut. */
#ifndef STORE_H
#define STORE_H

#include <stdint.h>

#include "maildir.h"

struct store {
	const char *sender;    /* for Return-Path, or null */
	const char *recipient; /* for Delivered-To, or null */
	const char *original;  /* for X-Original-To, or null */
	uint64_t quota;        /* bytes the Maildir may hold; 0: no limit */
	const char *id;        /* fixed unique part of the name, or null */
	int again;             /* id may be there already: look first */
	uint64_t bytes;        /* out: octets of the file */
	char name[MAILDIR_NAME_MAX + 1]; /* out: its name in new/ */
};

/* Copies FD, from where it stands to its end, into MAILDIR/tmp, renames it to
 * new, then fsyncs the file and the folder. A message that may have been
 * stored by an earlier try (S->again) and is not found gets a header field
 * that says it is a possible duplicate.
 * 1 stored; 0 it was there already; -1 failed, with errno: nothing visible was
 * left behind. ELOOP: its header says that it was delivered to the recipient
 * before; EDQUOT: there is no room for it now; EFBIG: it is larger than the
 * quota. */
int store_message(struct store *s, int fd, const char *maildir);

#endif
