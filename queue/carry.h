/* SPDX-License-Identifier: ISC */
/* How queued has messages delivered into one mailbox, by a deliver that serves
 * it (-w): messages of peer.h over one socket.
 *
 * A request is CARRY_FIELDS strings, each ended by NUL: place, id, "again" or
 * "", connid, sender, the recipient as the envelope has it; and with it the
 * queue file as a descriptor, which stands where the message begins. Up to
 * CARRY_MAX may be under way, each in a place of its own. The answer is
 * CARRY_ANSWER of them: place, exit code, and what deliver would say on fd 1. */
#ifndef CARRY_H
#define CARRY_H

#include "queue/report.h"
#include "queue/store.h"

enum { CARRY_MAX = 16, CARRY_FIELDS = 6, CARRY_ANSWER = 3 };
enum { CARRY_REQUEST_MAX = 4096, CARRY_ANSWER_MAX = REPORT_MAX + 64 };

/* Serves fd 0 until its end: into MAILDIR, with quota and recipient as COMMON
 * has them. What has come meanwhile is delivered together, so that it shares
 * the fsync of the folder. Returns the exit code. */
int carry_serve(const struct store *common, const char *maildir);

#endif
