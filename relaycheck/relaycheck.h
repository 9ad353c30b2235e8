/* SPDX-License-Identifier: ISC */
/* May this client send to that address? The verdict behind relaycheck(8), for
 * smtpd, which calls it instead of talking to a process of its own. */
#ifndef RELAYCHECK_H
#define RELAYCHECK_H

#include "policy.h"

struct relaycheck;

/* Opens what the command line ARGV (relaycheck and its options) names. Dies
 * as relaycheck itself does (100 usage, 111 rules that cannot be read). */
struct relaycheck *relaycheck_open(int argc, char *const *argv);

/* Frees R and closes its rules. */
void relaycheck_close(struct relaycheck *r);

/* Writes the action for Q into ACTION (POLICY_ACTION_MAX bytes) and what
 * decided, in words for the log, into WHY (POLICY_ACTION_MAX bytes). The
 * action is "DUNNO" (not at RCPT), "OK", or a reply, "550 5.1.1 text". A check
 * that cannot run is "451 ...", never an OK. */
void relaycheck_ask(struct relaycheck *r, const struct policy_request *q,
    char *action, char *why);

#endif
