/* SPDX-License-Identifier: ISC */
/* The policies of a session. */
#include "smtp/policies.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "chain.h"
#include "deadline.h"
#include "log.h"
#include "relaycheck/relaycheck.h"
#include "smtp/words.h"

/* The states in the list S, with commas between; 0 it is no such list. */
static unsigned int
smtp_policies_states(char *s)
{
	static const struct {
		const char *word;
		unsigned int at;
	} states[] = {
	    {"connect", SMTP_AT_CONNECT},
	    {"mail", SMTP_AT_MAIL},
	    {"rcpt", SMTP_AT_RCPT},
	    {"data", SMTP_AT_DATA},
	    {"end", SMTP_AT_END},
	};
	unsigned int at = 0;
	char *word;
	size_t i;

	while ((word = strsep(&s, ","))) {
		for (i = 0; i < sizeof states / sizeof *states; i++)
			if (strcmp(word, states[i].word) == 0)
				break;
		if (i == sizeof states / sizeof *states)
			return 0;
		at |= states[i].at;
	}
	return at;
}

int
smtp_policies_add(struct smtp_policies *ps, char *text)
{
	struct smtp_policy *p = &ps->policy[ps->n];

	if (ps->n == SMTP_POLICIES)
		return 0;
	ps->n++;
	p->at = SMTP_AT_RCPT;
	if ((p->argc = smtp_words(text, p->argv, SMTP_POLICY_WORDS)) < 1)
		return 0;
	if (strncmp(p->argv[0], "at=", 3) == 0) {
		p->at = smtp_policies_states(p->argv[0] + 3);
		memmove(
		    p->argv, p->argv + 1, (size_t)p->argc-- * sizeof *p->argv);
	}
	return p->at && p->argc && smtp_policy_valid(p);
}

static void
smtp_policies_start(struct smtp_policy *p)
{
	p->state = SMTP_POLICY_RUNS;
	if ((p->fd = smtp_policy_start(p)) >= 0)
		return;
	p->state = SMTP_POLICY_FAILS;
	log_event("policy-failed", "policy", p->argv[0], "why", strerror(errno),
	    (char *)0);
}

void
smtp_policies_open(struct smtp_policies *ps, int start)
{
	struct smtp_policy *p;

	for (p = ps->policy; p < ps->policy + ps->n; p++) {
		if (strcmp(p->argv[0], "relaycheck") == 0 &&
		    chain_calls("relaycheck"))
			p->ours = relaycheck_open(p->argc, p->argv);
		else if (start)
			smtp_policies_start(p);
	}
}

/* One question to a server that runs. 1 its answer is in A; or -1, and it runs
 * no more: an answer that comes late is for nobody. */
static int
smtp_policies_try(struct smtp_policy *p, const struct policy_request *q,
    struct policy_request *a)
{
	tain deadline;

	deadline_in(&deadline, SMTP_POLICY_SECONDS);
	policy_clear(a);
	if (policy_write(p->fd, q, &deadline) == 1 &&
	    policy_read(p->fd, a, &deadline) == 1 &&
	    strlen(policy_get(a, "action")) < POLICY_ACTION_MAX)
		return 1;
	close(p->fd);
	p->state = SMTP_POLICY_FAILS;
	log_event("policy-failed", "policy", p->argv[0], "why", "no answer",
	    (char *)0);
	return -1;
}

int
smtp_policies_ask(struct smtp_policies *ps, struct smtp_policy *p,
    const struct policy_request *q, char *action, char *why)
{
	int tries = p->state == SMTP_POLICY_FAILS ? 0 : 2;

	if (p->ours) {
		relaycheck_ask(p->ours, q, action, why);
		return 1;
	}
	strcpy(why, "a policy does not answer");
	for (; tries > 0; tries--) {
		if (p->state != SMTP_POLICY_RUNS)
			smtp_policies_start(p);
		if (p->state == SMTP_POLICY_RUNS &&
		    smtp_policies_try(p, q, &ps->answer) == 1) {
			strcpy(action, policy_get(&ps->answer, "action"));
			strcpy(why, action);
			return 1;
		}
	}
	return -1;
}
