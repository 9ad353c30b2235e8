/* SPDX-License-Identifier: ISC */
/* One session at a time has a maildrop (RFC 1939, 4). */
#ifndef MAILLOCK_H
#define MAILLOCK_H

#include "maildrop.h"

/* Takes the lock of a POP3 session, Dovecot's too, waiting SECONDS at the most.
 * 1; 0 another session has it; -1 failed, with errno. */
int maildrop_lock(struct maildrop *d, unsigned int seconds);

/* Shows that the session is alive. */
void maildrop_touch(struct maildrop *d);

void maildrop_unlock(struct maildrop *d);

#endif
