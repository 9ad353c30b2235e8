/* SPDX-License-Identifier: ISC */
/* What is known of a message that an attempt did not finish: tries so far, when
 * to try next, and the mailboxes that have it. A file in state/ by the
 * message's name:
 *
 *     tries N
 *     next SECONDS
 *     done MAILBOX            (one line each)
 */
#ifndef STATE_H
#define STATE_H

#include <stddef.h>
#include <stdint.h>

enum { STATE_MAX = 1024 * 1024 };

struct state {
	uint64_t tries, next;
	char *done;    /* owned: mailbox keys, each ended by NUL */
	size_t done_n; /* bytes of them */
};

/* Reads state NAME in folder DIR. 1; 0 there is none (S is zeroed); -1 failed
 * or not such a file. After 1 the caller frees S. */
int state_read(int dir, const char *name, struct state *s);

/* Writes it, safe on disk after return. 0, or -1 with errno. */
int state_write(int dir, const char *name, const struct state *s);

/* 1 if MAILBOX is done. */
int state_is_done(const struct state *s, const char *mailbox);

/* Notes that MAILBOX is done. 0, or -1: no memory. */
int state_add_done(struct state *s, const char *mailbox);

void state_free(struct state *s);

#endif
