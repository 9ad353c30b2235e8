/* SPDX-License-Identifier: ISC */
/* A QMAILQUEUE program in the queue's place: the message on its descriptor 0,
 * the envelope on 1, its verdict the exit code, and text on 6.
 *
 *     front (no rights) <-socketpair-> runner -> program, once a message
 *       |-- what is known of the message, a file without a name
 *       '-- message, envelope and text: three pipes that the runner is given
 *
 * The file holds two strings, each ended by NUL: the account that is logged in,
 * and lines of a queue file (queue/notes.h); they go into the environment as
 * SMTPAUTHUSER and QUEUENOTES. An empty one is not set.
 *
 * The runner is there because the front, shut in as it is, can run nothing. */
#ifndef SMTP_FILTER_H
#define SMTP_FILTER_H

#include <stddef.h>

#include "smtp/transaction.h"

enum {
	SMTP_FILTER_WORDS = 64,
	SMTP_FILTER_TEXT = 480,
	SMTP_FILTER_FACTS = ADDRESS_MAX + 1 + SMTP_NOTES_SIZE
};

struct smtp_filter {
	int runner; /* -1: there is no filter, or it has failed */
	int message, envelope, text; /* our ends */
};

/* The runner: starts ARGV for each message that the front on PEER has, until
 * the front ends. */
void smtp_filter_serve(int peer, char *const *argv);

/* Starts the program for the message of T, from the account USER (or null). 0,
 * or -1 with errno. */
int smtp_filter_open(
    struct smtp_filter *f, const struct smtp_transaction *t, const char *user);

/* More of the message. 0, or -1 with errno: the program takes no more, and may
 * have a reason, so smtp_filter_commit is still to be called. */
int smtp_filter_write(struct smtp_filter *f, const char *p, size_t n);

/* The message is complete: hands over the envelope and waits. Null if it was
 * taken, else the reply, in TEXT (SMTP_FILTER_TEXT bytes). */
const char *smtp_filter_commit(
    struct smtp_filter *f, const struct smtp_transaction *t, char *text);

/* No message: the program finds no envelope, and queues nothing. */
void smtp_filter_abort(struct smtp_filter *f);

#endif
