/* SPDX-License-Identifier: ISC */
/* The policies that decide about recipients: commands that speak the Postfix
 * policy protocol on their standard input and output. relaycheck is called
 * where it is of this binary; any other runs once a session, as a child. */
#ifndef SMTP_POLICIES_H
#define SMTP_POLICIES_H

#include "policy.h"

enum { SMTP_POLICIES = 8, SMTP_POLICY_WORDS = 32, SMTP_POLICY_SECONDS = 100 };

struct smtp_policy {
	int argc;
	char *argv[SMTP_POLICY_WORDS + 1];
	struct relaycheck *ours; /* called; else a child: */
	enum { SMTP_POLICY_IDLE, SMTP_POLICY_RUNS, SMTP_POLICY_FAILS } state;
	int fd;
};

struct smtp_policies {
	size_t n;
	struct smtp_policy policy[SMTP_POLICIES];
	struct policy_request answer; /* of a child: the same form */
};

/* One more policy, COMMAND (taken apart at spaces, and changed). 1; 0 it is
 * empty, has too many words, or there are too many policies. */
int smtp_policies_add(struct smtp_policies *ps, char *command);

/* Opens what relaycheck needs, which dies 100 or 111 if it cannot; starts the
 * children now if START is set, else each at its first question. */
void smtp_policies_open(struct smtp_policies *ps, int start);

/* Asks policy I about Q. ACTION and WHY take POLICY_ACTION_MAX bytes. 1;
 * -1 it cannot be asked or does not answer: the caller must refuse. */
int smtp_policies_ask(struct smtp_policies *ps, size_t i,
    const struct policy_request *q, char *action, char *why);

#endif
