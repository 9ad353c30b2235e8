/* SPDX-License-Identifier: ISC */
/* The quota of a Maildir, as Maildir++ keeps it: a file "maildirsize" whose
 * first line is the limit ("BYTESS") and whose other lines are bytes and
 * messages that came or went; their sums are what there is. Courier and Dovecot
 * read and write the same file. */
#ifndef QUOTA_H
#define QUOTA_H

#include <stdint.h>

enum { QUOTA_FILE_MAX = 5120, QUOTA_STALE = 900 };

struct quota_sum {
	int64_t bytes, messages;
};

/* 1 if SIZE bytes more fit into LIMIT; 0 not; -1 failed, with errno. What
 * maildirsize says is believed, unless it is missing, of another limit, too
 * long, or says that there is no room and was not counted in the last 15
 * minutes: then new/ and cur/ of the Maildir open at DIR and of all its folders
 * are counted, and the file is written anew. */
int quota_room(int dir, uint64_t limit, uint64_t size);

/* Notes that BYTES and MESSAGES came (or, below zero, went), if DIR has a
 * maildirsize. What cannot be noted is left to the next count. */
void quota_add(int dir, int64_t bytes, int64_t messages);

/* Removes maildirsize: the next who asks counts. */
void quota_forget(int dir);

/* Reads the text of a maildirsize. 1, with the limit in *LIMIT and the number
 * of lines behind the first in *LINES; 0 it is no such text. */
int quota_parse(
    const char *text, uint64_t *limit, struct quota_sum *sum, unsigned *lines);

#endif
