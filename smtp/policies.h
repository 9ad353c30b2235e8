/* SPDX-License-Identifier: ISC */
/* The policies of a session: servers of the Postfix policy protocol, as
 * commands that speak it on their standard input and output, or on a socket.
 * relaycheck is called where it is of this binary; any other command runs once
 * a session, as a child. */
#ifndef SMTP_POLICIES_H
#define SMTP_POLICIES_H

#include "policy.h"

enum { SMTP_POLICIES = 8, SMTP_POLICY_WORDS = 32, SMTP_POLICY_SECONDS = 100 };

/* When a policy is asked. */
enum smtp_state {
	SMTP_AT_CONNECT = 1,
	SMTP_AT_MAIL = 2,
	SMTP_AT_RCPT = 4,
	SMTP_AT_DATA = 8,
	SMTP_AT_END = 16
};

struct smtp_policy {
	unsigned int at; /* enum smtp_state, or'ed */
	int argc;
	char *argv[SMTP_POLICY_WORDS + 1];
	struct relaycheck *ours; /* called; else a child or a socket: */
	enum { SMTP_POLICY_IDLE, SMTP_POLICY_RUNS, SMTP_POLICY_FAILS } state;
	int fd;
};

struct smtp_policies {
	size_t n;
	struct smtp_policy policy[SMTP_POLICIES];
	struct policy_request answer; /* of a server: the same form */
};

/* One more policy, TEXT: "[at=STATE,...] COMMAND..." or the same with
 * unix:PATH or inet:ADDRESS:PORT as the command (taken apart as smtp_words
 * does, and changed). 1; 0 it is none, or there are too many. */
int smtp_policies_add(struct smtp_policies *ps, char *text);

/* Opens what relaycheck needs, which dies 100 or 111 if it cannot; starts the
 * others now if START is set, else each at its first question. */
void smtp_policies_open(struct smtp_policies *ps, int start);

/* Asks policy P about Q; one that fails is started anew and asked once more.
 * ACTION and WHY take POLICY_ACTION_MAX bytes. 1; -1 it cannot be asked or
 * does not answer: the caller must refuse. */
int smtp_policies_ask(struct smtp_policies *ps, struct smtp_policy *p,
    const struct policy_request *q, char *action, char *why);

/* Starts P, a child or a connection: its descriptor, or -1 with errno. */
int smtp_policy_start(const struct smtp_policy *p);

/* 1 if P names a socket that can be one, or no socket; else 0. */
int smtp_policy_valid(const struct smtp_policy *p);

#endif
