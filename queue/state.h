/* SPDX-License-Identifier: ISC */
/* What is known of a message that an attempt did not finish: tries so far, when
 * to try next, and what needs no more tries. A file in state/ by the message's
 * name:
 *
 *     tries N
 *     next SECONDS
 *     held SECONDS            (the admin wants it to wait, since then)
 *     warned SECONDS          (the sender was told then that it takes long)
 *     done MAILBOX            (one line each: it is there, or the sender knows)
 *     done to:RECIPIENT       (likewise, of one that leads to no mailbox)
 *     last ADDRESS: TEXT      (why it waits; for the person who looks)
 */
#ifndef STATE_H
#define STATE_H

#include <stddef.h>
#include <stdint.h>

enum { STATE_MAX = 1024 * 1024, STATE_LAST_MAX = 16384 };

struct state {
	uint64_t tries, next, warned, held;
	char *done;    /* owned: mailbox keys, each ended by NUL */
	size_t done_n; /* bytes of them */
	char *last;    /* owned: texts, each ended by NUL */
	size_t last_n;
};

/* Reads state NAME in folder DIR. 1; 0 there is none (S is zeroed); -1 failed
 * or not such a file. After 1 the caller frees S. */
int state_read(int dir, const char *name, struct state *s);

/* Writes it, safe on disk after return. 0, or -1 with errno. */
int state_write(int dir, const char *name, const struct state *s);

/* 1 if MAILBOX is done. */
int state_is_done(const struct state *s, const char *mailbox);

/* 1 if RECIPIENT, that leads to no mailbox, is done. */
int state_is_returned(const struct state *s, const char *recipient);

/* Notes that MAILBOX is done. 0, or -1: no memory. */
int state_add_done(struct state *s, const char *mailbox);

/* Notes why ADDRESS waits. What there is no room or memory for is left out. */
void state_add_last(struct state *s, const char *address, const char *status,
    const char *reason);

/* Forgets those notes. */
void state_clear_last(struct state *s);

void state_free(struct state *s);

#endif
