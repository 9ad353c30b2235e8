/* SPDX-License-Identifier: ISC */
/* relaycheck: a policy server on standard input and output, for Postfix and
 * whatever else speaks its policy protocol. */
#include "relaycheck.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "deadline.h"
#include "log.h"

int relaycheck_main(int, char **);

enum { RELAYCHECK_IDLE = 1200, RELAYCHECK_ANSWER = 100 };

static void
relaycheck_log(
    const struct policy_request *q, const char *action, const char *why)
{
	log_event(strcmp(action, "OK") == 0 ? "allow" : "deny", "ip",
	    policy_get(q, "client_address"), "from", policy_get(q, "sender"),
	    "to", policy_get(q, "recipient"), "action", action, "why", why,
	    (char *)0);
}

/* Answers Q by the rules as they are now. */
static void
relaycheck_answer(int argc, char **argv, const struct policy_request *q)
{
	char action[POLICY_ACTION_MAX], why[POLICY_ACTION_MAX];
	char text[POLICY_ACTION_MAX * 2 + 16];
	struct relaycheck *r = relaycheck_open(argc, argv);
	tain deadline;
	int n;

	relaycheck_ask(r, q, action, why);
	relaycheck_close(r);
	if (strcmp(action, "DUNNO") != 0)
		relaycheck_log(q, action, why);
	/* what is refused is read by the client, which need not know the rules */
	n = strcmp(action, "OK") == 0
	    ? snprintf(text, sizeof text, "action=OK %s\n\n", why)
	    : snprintf(text, sizeof text, "action=%s\n\n", action);
	deadline_in(&deadline, RELAYCHECK_ANSWER);
	if (deadline_write(1, text, (size_t)n, &deadline) <= 0)
		log_diesys(111, "cannot answer", (char *)0);
}

int
relaycheck_main(int argc, char **argv)
{
	struct policy_request q;
	tain deadline;
	int more;

	log_start("relaycheck");
	relaycheck_close(relaycheck_open(argc, argv)); /* say so at once */
	policy_clear(&q);
	for (;;) {
		deadline_in(&deadline, RELAYCHECK_IDLE);
		if ((more = policy_read(0, &q, &deadline)) <= 0)
			break;
		if (strcmp(policy_get(&q, "request"), "smtpd_access_policy"))
			log_die(100, "not a policy request", (char *)0);
		relaycheck_answer(argc, argv, &q);
	}
	if (more < 0 && errno != ETIMEDOUT)
		log_diesys(111, "no policy request", (char *)0);
	return 0;
}
