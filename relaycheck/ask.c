/* SPDX-License-Identifier: ISC */
/* May this client send to that address? What is ours is taken if it leads to a
 * mailbox; what is not, from those alone that may relay. */
#include <errno.h>
#include <skalibs/sgetopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "auth/auth.h"
#include "fullbox.h"
#include "iplist.h"
#include "iprules.h"
#include "local.h"
#include "log.h"
#include "relaycheck/ask.h"
#include "relayrules.h"
#include "relaystate.h"
#include "usage.h"

static const char ask_unreadable[] = "451 4.3.0 the rules cannot be read now";

/* One question while it is being answered. The steps return 1 when they have
 * decided, 0 to go on. */
struct ask {
	struct relaycheck *r;
	const struct policy_request *q;
	const char *domain;              /* of the recipient */
	char recipient[ADDRESS_MAX + 1]; /* its key */
	char *action, *why;
	int barred;  /* a mailbox takes no mail from this client */
	int damaged; /* whether one does cannot be found out */
	size_t targets, full,
	    small; /* all; mailboxes without room; too small */
};

static int ask_decide(struct ask *a, const char *action, const char *why, ...)
    __attribute__((format(printf, 3, 4)));
static int
ask_decide(struct ask *a, const char *action, const char *why, ...)
{
	va_list args;

	snprintf(a->action, POLICY_ACTION_MAX, "%s", action);
	va_start(args, why);
	vsnprintf(a->why, POLICY_ACTION_MAX, why, args);
	va_end(args);
	return 1;
}

/* The way out, the one place that knows whether there is one: mail that may go
 * on to another server (WHERE, for the reply) is taken, or with -L refused,
 * since this server could only keep it. WHY: who lets it go on. */
static int
ask_way_out(struct ask *a, const char *where, const char *why)
{
	char action[POLICY_ACTION_MAX];

	if (!a->r->local_only)
		return ask_decide(a, "OK", "%s", why);
	snprintf(action, sizeof action,
	    "550 5.1.2 no route to %s: this server delivers local mail only",
	    where);
	return ask_decide(a, action, "%s, but there is no way out (-L)", why);
}

/* Has the mailbox room for the message? */
static void
ask_room(struct ask *a, const char *mailbox, const struct rules_value *record)
{
	const char *quota = rules_get(record, "quota");
	unsigned long long bytes = quota ? strtoull(quota, 0, 10) : 0;

	if (!bytes)
		return;
	if (strtoull(policy_get(a->q, "size"), 0, 10) > bytes)
		a->small++;
	else if (a->r->full >= 0 && fullbox_is(a->r->full, mailbox) == 1)
		a->full++;
}

/* Does the mailbox take mail from this client? The right "incoming" of its
 * groups says so. */
static void
ask_incoming(struct ask *a, const struct rules_value *record)
{
	const char *groups = rules_get(record, "groups");
	struct ip ip;
	int known = ip_scan(policy_get(a->q, "client_address"), &ip), r;

	r = rights_granted(a->r->groups, groups ? groups : "default",
	    "incoming", known ? &ip : 0);
	a->barred |= r == 0;
	a->damaged |= r < 0;
}

/* A local_each; a program, or an address elsewhere, is no mailbox. */
static int
ask_mailbox(void *data, const char *mailbox, const struct rules_value *record)
{
	struct ask *a = data;

	a->targets++;
	if (!record)
		return 0;
	ask_room(a, mailbox, record);
	if (a->r->groups)
		ask_incoming(a, record);
	return 0;
}

/* The recipient leads to mailboxes, or away. */
static int
ask_found(struct ask *a, enum local_verdict v)
{
	if (a->damaged)
		return ask_decide(a, ask_unreadable, "groups are damaged");
	if (a->barred)
		return ask_decide(a,
		    "550 5.7.1 this mailbox takes no mail from your address",
		    "no group of the mailbox grants incoming from there");
	if (v == LOCAL_OK && a->small && a->small == a->targets)
		return ask_decide(a,
		    "552 5.2.3 the message is larger than the mailbox",
		    "SIZE is more than the quota");
	if (v == LOCAL_OK && a->full && a->full + a->small == a->targets)
		return ask_decide(a, "452 4.2.2 the mailbox is full",
		    "the last delivery found no room within the quota");
	return v == LOCAL_OK
	    ? ask_decide(a, "OK", "a mailbox here")
	    : ask_way_out(a, "where this address is forwarded to",
		  "an alias leads to another server");
}

/* The recipient's domain is ours: does it lead to mailboxes? Aliases that loop
 * are the server's fault and may be mended: the sender is to try again. */
static int
ask_local(struct ask *a)
{
	enum local_verdict v =
	    local_resolve(&a->r->local, a->recipient, ask_mailbox, a);

	switch (v) {
	case LOCAL_OK:
	case LOCAL_AWAY:
		return ask_found(a, v);
	case LOCAL_FOREIGN:
		return 0;
	case LOCAL_UNKNOWN:
		return ask_decide(a, "550 5.1.1 no such mailbox",
		    "no such mailbox, or an alias that leads to none");
	case LOCAL_LOOP:
		return ask_decide(a,
		    "451 4.3.5 the aliases of this address loop",
		    "aliases loop or nest too deep");
	case LOCAL_FAILED:
		break;
	}
	return ask_decide(
	    a, ask_unreadable, "rules of local addresses are damaged");
}

static int
ask_damaged(struct ask *a)
{
	return ask_decide(a, ask_unreadable, "relay rules are damaged");
}

/* Lets the mail out by the rule in V; WHO is what it was found by. */
static int
ask_by_rule(struct ask *a, const char *who, const struct rules_value *v)
{
	char why[POLICY_ACTION_MAX];
	const char *line = rules_get(v, ".line"), *text = rules_get(v, ".text");

	if (!line || !text)
		return ask_damaged(a);
	snprintf(why, sizeof why, "%s: relay line %s: %s", who, line, text);
	return ask_way_out(a, a->domain, why);
}

static int
ask_login(struct ask *a, const struct ip *ip)
{
	(void)ip;
	return *policy_get(a->q, "sasl_username")
	    ? ask_way_out(a, a->domain, "logged in")
	    : 0;
}

static int
ask_client(struct ask *a, const struct ip *ip)
{
	struct iprules_verdict v;
	int found = ip->len ? iprules_find(a->r->relay, ip, 0, &v) : 0;

	if (found < 0)
		return ask_damaged(a);
	return found && v.allow ? ask_by_rule(a, "client address", &v.value)
				: 0;
}

static int
ask_to(struct ask *a, const struct ip *ip)
{
	struct rules_value v;
	int found = relayrules_to(a->r->relay, a->domain, &v);

	(void)ip;
	if (found < 0)
		return ask_damaged(a);
	return found ? ask_by_rule(a, "recipient's domain", &v) : 0;
}

/* The sender counts only from the addresses of its rule: it can be forged. */
static int
ask_from(struct ask *a, const struct ip *ip)
{
	char sender[ADDRESS_MAX + 1];
	struct rules_value v;
	const char *list;
	int found;

	if (!address_key(sender, policy_get(a->q, "sender")))
		return 0;
	if ((found = relayrules_from(a->r->relay, sender, &v)) <= 0)
		return found ? ask_damaged(a) : 0;
	if (!(list = rules_get(&v, "list")))
		return ask_damaged(a);
	if (strcmp(list, "*") != 0 && (!ip->len || iplist_match(list, ip) <= 0))
		return 0;
	return ask_by_rule(a, "sender", &v);
}

/* A login from the client's address, so short a time ago as the rule says. */
static int
ask_popauth(struct ask *a, const struct ip *ip)
{
	struct rules_value v;
	const char *seconds;
	long age;

	if (!a->r->recorded || !ip->len ||
	    rules_find(a->r->relay, "popauth", 7, &v) <= 0)
		return 0;
	if (!(seconds = rules_get(&v, "seconds")) || atol(seconds) <= 0)
		return ask_damaged(a);
	if ((age = relaystate_age(&a->r->state, ip)) < -1)
		return ask_decide(
		    a, ask_unreadable, "the record of logins cannot be read");
	return age >= 0 && age < atol(seconds)
	    ? ask_by_rule(a, "login by POP3 or IMAP", &v)
	    : 0;
}

/* Nothing lets the client relay. A rule that cannot be looked up is named in
 * the log, not passed over in silence. */
static int
ask_denied(struct ask *a)
{
	struct rules_value v;
	const char *line = 0;

	if (a->r->relay && !a->r->recorded &&
	    rules_find(a->r->relay, "popauth", 7, &v) > 0)
		line = rules_get(&v, ".line");
	return ask_decide(a, "554 5.7.1 relay access denied",
	    "not logged in, and no relay line fits client, recipient or sender"
	    "%s%s%s",
	    line ? "; line " : "", line ? line : "",
	    line ? " (popauth) counts for nothing: there is no -o" : "");
}

/* What may let a client relay, in the order that is asked. */
static const struct {
	const char *what;
	int rule; /* 1: by the relay rules, if there are any */
	int (*ask)(struct ask *a, const struct ip *ip);
} ask_steps[] = {
    {"login", 0, ask_login},
    {"client address", 1, ask_client},
    {"recipient's domain", 1, ask_to},
    {"sender", 1, ask_from},
    {"earlier login by POP3 or IMAP", 1, ask_popauth},
};

/* With -v, says what was asked and whether that decided. */
static int
ask_told(const struct ask *a, const char *what, int decided)
{
	if (a->r->verbose)
		log_event("asked", "rule", what, "decided",
		    decided ? "yes" : "no", (char *)0);
	return decided;
}

static void
ask_foreign(struct ask *a)
{
	struct ip ip;
	size_t i;

	if (!ip_scan(policy_get(a->q, "client_address"), &ip))
		ip.len = 0;
	for (i = 0; i < sizeof ask_steps / sizeof *ask_steps; i++) {
		if (ask_steps[i].rule && !a->r->relay)
			continue;
		if (ask_told(a, ask_steps[i].what, ask_steps[i].ask(a, &ip)))
			return;
	}
	ask_denied(a);
}

void
relaycheck_ask(struct relaycheck *r, const struct policy_request *q,
    char *action, char *why)
{
	struct ask a = {.r = r, .q = q, .action = action, .why = why};
	const char *recipient = policy_get(q, "recipient");

	if (strcmp(policy_get(q, "protocol_state"), "RCPT") != 0) {
		ask_decide(&a, "DUNNO", "asked at RCPT only");
		return;
	}
	if (!local_key(a.recipient, recipient) ||
	    (strcmp(a.recipient, LOCAL_POSTMASTER) != 0 &&
		!address_valid(recipient, strlen(recipient), 1))) {
		ask_decide(&a, "550 5.1.3 not an address",
		    "the recipient is no address");
		return;
	}
	a.domain = address_domain(a.recipient);
	if (!ask_told(&a, "local mailboxes", ask_local(&a)))
		ask_foreign(&a);
}
