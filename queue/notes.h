/* SPDX-License-Identifier: ISC */
/* What an envelope of the QMAILQUEUE interface has no place for: lines of a
 * queue file (queue.h), in the environment variable QUEUENOTES, which passes
 * through every program that stands before enqueue. Those about the message
 * come first; "to FORWARD-PATH" begins those about a recipient, and recipients
 * without any need not be there. */
#ifndef NOTES_H
#define NOTES_H

#include "queue/queue.h"

/* 1 if TEXT is of that form, and holds nothing that smtpd or queued would not
 * write; else 0. */
int notes_valid(const char *text);

/* Writes what the valid TEXT says of the message into Q, or if TO is not null
 * of that recipient. 0, or -1 with errno. */
int notes_write(const char *text, const char *to, struct queue_out *q);

#endif
