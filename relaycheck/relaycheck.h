/* SPDX-License-Identifier: ISC */
/* May this client send to that address? The verdict behind relaycheck(8), for
 * smtpd, which calls it instead of talking to a process of its own. */
#ifndef RELAYCHECK_H
#define RELAYCHECK_H

#include "policy.h"

struct relaycheck;

/* Opens what the command line ARGV (relaycheck and its options) names. Dies
 * as relaycheck itself does (100 usage and wrong files, 111 unreadable). */
struct relaycheck *relaycheck_open(int argc, char *const *argv);

/* Writes the action for Q into ACTION (POLICY_ACTION_MAX bytes) and what
 * decided, in words for the log, into WHY (POLICY_ACTION_MAX bytes). A check
 * that cannot run is "DEFER ..." and never an OK. */
void relaycheck_ask(struct relaycheck *r, const struct policy_request *q,
    char *action, char *why);

#endif
