/* SPDX-License-Identifier: ISC */
/* Lists of unique-ids that other servers have given: dovecot-uidlist, and a
 * plain map.
 *
 * dovecot-uidlist, version 3: "3 V1289922360 N3 G3085...", then a line for each
 * message, "2 P4cd8 W2003 :1289922361.M9P4.host,S=12:2,S". Its unique-id is the
 * one behind P (nothing: its base name), else uid and V in hex as Dovecot's
 * pop3_uidl_format has it by default, %08Xu%08Xv. Messages stand in the order of
 * the numbers behind O, then those without one; equal ones in that of their
 * uids. A map: "UNIQUE-ID NAME" on each line, '#' begins a comment. */
#ifndef UIDLIST_H
#define UIDLIST_H

#include <stddef.h>
#include <stdint.h>

struct uidlist_entry {
	const char *id, *name; /* its unique-id and file name */
	uint64_t place;        /* by which to sort; UINT64_MAX: anywhere */
};

/* Called for each message. It returns 0 to go on, else the walk ends. */
typedef int uidlist_each(void *data, const struct uidlist_entry *e);

/* Walks over the N bytes at S, which are changed; S[N] must be there. A line
 * that is none of a list is passed over. 0; -1 it is no list at all (EPROTO),
 * or EACH ended it. */
int uidlist_walk(char *s, size_t n, uidlist_each *each, void *data);

#endif
