/* SPDX-License-Identifier: ISC */
/* Which mailboxes were full at the last try: an empty file for each, named by a
 * hash of its address, in a folder that queued writes to and relaycheck looks
 * into. So a sender is told at RCPT, and not by a notice later. */
#ifndef FULLBOX_H
#define FULLBOX_H

/* Seconds for which a note counts. After that the next message is taken, and
 * its delivery finds out anew. */
enum { FULLBOX_SECONDS = 3600 };

/* Notes in the folder open at DIR that MAILBOX is full, from now on. 0, or -1
 * with errno: then messages are taken, and wait. */
int fullbox_note(int dir, const char *mailbox);

/* MAILBOX has room again. */
void fullbox_clear(int dir, const char *mailbox);

/* 1 if MAILBOX is noted in DIR; 0 it is not; -1 unknown, with errno. */
int fullbox_is(int dir, const char *mailbox);

#endif
