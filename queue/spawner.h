/* SPDX-License-Identifier: ISC */
/* The side of queued that keeps its rights: starts deliver as the owner of a
 * mailbox. It takes bounded requests from the manager and believes none of
 * them: who owns a mailbox and where it is it looks up itself. */
#ifndef SPAWNER_H
#define SPAWNER_H

enum { SPAWNER_REQUEST_MAX = 4096, SPAWNER_ANSWER_MAX = 2048 };

/* A request is these strings, each ended by NUL, in one peer message with a
 * descriptor: slot, id, "again" or "", connid, sender, mailbox or program
 * (as local_each has it), the recipient it stands for. For a program the
 * descriptor is the message (and stands where that begins). For a mailbox it is
 * the end of a carrier (see carry.h), which is told of the messages itself; id
 * and what follows it but the mailbox are empty. The answer: slot, exit
 * code, and what the program said on fd 1 (see report.h). */
enum { SPAWNER_FIELDS = 7, SPAWNER_ANSWER = 3 };

/* In the mailbox's place SPAWNER_LINK and a domain ask for a link to that
 * domain (see remote.h), in the sender's "strict" or "" (REQUIRETLS); the
 * descriptor is the link's end. */
enum { SPAWNER_LINK = '@' };

/* In the mailbox's place SPAWNER_FILTER and notes (see filter.h) ask for the
 * filter; id, connid, sender, recipient and the descriptor are the notice's. */
enum { SPAWNER_FILTER = '!' };

/* In the mailbox's place SPAWNER_STOP alone, without a descriptor, ends the link
 * of this slot, and all that it has started. */
enum { SPAWNER_STOP = '.' };

struct start_config;

/* Serves the manager on FD until it is gone; at most MAX at a time. Returns the
 * exit code: 0 if nothing was under way, else 111. */
int spawner_run(int fd, const struct start_config *c, unsigned int max);

#endif
