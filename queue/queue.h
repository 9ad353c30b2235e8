/* SPDX-License-Identifier: ISC */
/* The queue's files: how a message gets in, whole or not at all.
 *
 * A queue file is the envelope, an empty line, and the message:
 *
 *     postern-queue 1
 *     connid CONNID
 *     time SECONDS
 *     from REVERSE-PATH
 *     NAME VALUE               (what else is known of the message)
 *     to FORWARD-PATH          (a recipient; there is one at least)
 *     NAME VALUE               (what else is known of that recipient)
 *
 * doc/queue.md tells the names; who does not know one passes over it.
 *
 * Its name is ID,S=BYTES where BYTES is the size of the whole file: a file of
 * another size was cut off by a power failure before it was acknowledged. */
#ifndef QUEUE_H
#define QUEUE_H

#include <stddef.h>
#include <stdint.h>

enum { QUEUE_NAME_MAX = 128, QUEUE_RECIPIENTS = 1000 };

struct queue_out;

/* Starts a message in the incoming folder INCOMING (a folder descriptor, which
 * stays the caller's). FROM may be empty (the null reverse-path). An address
 * with a control character is EINVAL. NULL: failed, with errno. */
struct queue_out *queue_start(
    int incoming, const char *connid, const char *from);

/* One more recipient; before the first queue_write. 0, or -1 with errno
 * (EINVAL; EMSGSIZE: more than QUEUE_RECIPIENTS). */
int queue_to(struct queue_out *q, const char *to);

/* A line more, NAME VALUE (not empty): about the message, or behind queue_to
 * about that recipient; before the first queue_write. 0, or -1 with errno
 * (EINVAL: a control character). */
int queue_note(struct queue_out *q, const char *name, const char *value);

/* The message's id, known from the start (for Received:). */
const char *queue_id(const struct queue_out *q);

/* More of the message, with LF line ends. 0, or -1 with errno. */
int queue_write(struct queue_out *q, const char *p, size_t n);

/* Renames to the final name, fsyncs the file and then the folder, and wakes
 * queued. 0: the message is safe, say 250; -1 with errno: nothing was queued
 * (ENOSPC and the like are temporary). Frees Q either way. */
int queue_commit(struct queue_out *q);

/* Gives up: nothing was queued. Frees Q. */
void queue_abort(struct queue_out *q);

#endif
