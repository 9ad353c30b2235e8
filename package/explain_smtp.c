/* SPDX-License-Identifier: ISC */
/* postern explain for SMTP: TLS, login, sender and recipient, in the order
 * that smtpd asks, up to what refuses. The recipient is asked of relaycheck. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "address.h"
#include "auth/auth.h"
#include "deadline.h"
#include "package/command.h"
#include "package/explain.h"
#include "package/say.h"
#include "policy.h"
#include "rules.h"

/* Says what decided. CODE is the exit code. */
static int
explain_verdict(int code, const char *what, const char *why)
{
	printf("%s: %s: %s\n", what, code ? "refused" : "ok", why);
	return code;
}

/* What TLS, the word of the ip rules, asks of the client. */
static int
explain_tls(const struct explain *e, const char *tls)
{
	if (e->tls)
		return explain_verdict(0, "TLS", "started");
	if (tls && strcmp(tls, "require") == 0)
		return explain_verdict(1, "TLS",
		    "530 5.7.0 send STARTTLS first (TLS=\"require\" of the "
		    "ip rules)");
	if (e->user && !(tls && strcmp(tls, "off") == 0))
		return explain_verdict(1, "TLS",
		    "538 5.7.11 no password without TLS, unless an ip rule "
		    "says TLS=\"off\"");
	return explain_verdict(0, "TLS", "not needed");
}

static int
explain_client(const struct explain *e)
{
	return e->verdict.allow
	    ? explain_tls(e, rules_get(&e->verdict.value, "TLS"))
	    : explain_verdict(1, "client", "the ip rules do not let it in");
}

/* The user's record, from R. 1 or 0. */
static int
explain_user(struct rules *r, const char *user, struct rules_value *v)
{
	char key[ADDRESS_MAX + 1];

	return address_key(key, user) && rules_find(r, key, strlen(key), v) > 0;
}

static int
explain_login(const struct explain *e, struct rules *mailboxes)
{
	struct rules *g;
	struct rules_value v;
	const char *groups;
	int right;

	if (!e->user)
		return strncmp(e->service->name, "submission", 10) == 0
		    ? explain_verdict(
			  1, "login", "530 5.7.0 authentication required")
		    : explain_verdict(0, "login", "none");
	if (!explain_user(mailboxes, e->user, &v))
		return explain_verdict(1, "login", "there is no such user");
	if (!(groups = rules_get(&v, "groups")))
		groups = "default";
	g = rules_need(instance_path(e->instance, "cdb/groups.cdb"), "groups");
	right = rights_granted(g, groups, "smtp", &e->scanned);
	rules_close(g);
	printf("login: groups of %s: %s\n", e->user, groups);
	return right > 0
	    ? explain_verdict(0, "login", "a group grants smtp from there")
	    : explain_verdict(1, "login", "no group grants smtp from there");
}

/* 1 if A and B are the same mailbox. */
static int
explain_same(const char *a, const char *b)
{
	char ka[ADDRESS_MAX + 1], kb[ADDRESS_MAX + 1];

	return address_key(ka, a) && address_key(kb, b) && strcmp(ka, kb) == 0;
}

static int
explain_sender(const struct explain *e, struct rules *mailboxes)
{
	struct rules_value v;
	const char *s = 0;

	if (!e->from)
		return 0;
	if (*e->from && !address_valid(e->from, strlen(e->from), 1))
		return explain_verdict(
		    1, "sender", "553 5.1.7 not a mailbox address");
	if (!e->user || !*e->from)
		return explain_verdict(0, "sender", "anybody may say so");
	if (explain_same(e->from, e->user))
		return explain_verdict(0, "sender", "the user's own address");
	if (explain_user(mailboxes, e->user, &v))
		while ((s = rules_each(&v, s)))
			if (strncmp(s, "from=", 5) == 0 &&
			    explain_same(e->from, s + 5))
				return explain_verdict(0, "sender", s);
	return explain_verdict(1, "sender",
	    "553 5.7.1 neither the user's address nor in from= of etc/users");
}

/* Runs RUN with IN as its standard input and OUT as its output. */
static void
explain_run(char *const *run, FILE *in, FILE *out)
{
	int saved = dup(1), code;

	fflush(stdout);
	if (saved < 0 || lseek(fileno(in), 0, SEEK_SET) < 0 ||
	    dup2(fileno(in), 0) < 0 || dup2(fileno(out), 1) < 0)
		die_sys(111, "cannot ask %s", run[0]);
	code = command_run(run);
	if (dup2(saved, 1) < 0)
		die_sys(111, "cannot ask %s", run[0]);
	close(saved);
	if (code)
		die(111, "%s failed", run[0]);
}

/* Asks relaycheck, by a request and an answer in files without a name. */
static int
explain_relay(const struct explain *e)
{
	static struct policy_request q;
	char answer[POLICY_ACTION_MAX * 2];
	const char *cdb = instance_path(e->instance, "cdb");
	const char *state = instance_path(e->instance, "run/relay");
	const char *full = instance_path(e->instance, "queue/full");
	char *run[] = {(char *)"relaycheck", (char *)"-v", (char *)"-c",
	    (char *)cdb, (char *)"-o", (char *)state, (char *)"-q",
	    (char *)full, 0};
	FILE *in = tmpfile(), *out = tmpfile();
	tain deadline;

	policy_clear(&q);
	policy_set(&q, "request", "smtpd_access_policy");
	policy_set(&q, "protocol_state", "RCPT");
	policy_set(&q, "client_address", e->ip);
	policy_set(&q, "sender", e->from ? e->from : "");
	policy_set(&q, "recipient", e->to);
	policy_set(&q, "sasl_username", e->user ? e->user : "");
	deadline_in(&deadline, 10);
	if (!in || !out || policy_write(fileno(in), &q, &deadline) != 1)
		die_sys(111, "cannot ask relaycheck");
	explain_run(run, in, out);
	rewind(out);
	if (!fgets(answer, sizeof answer, out) ||
	    strncmp(answer, "action=", 7) != 0)
		die(111, "relaycheck does not answer");
	answer[strcspn(answer, "\n")] = 0;
	return explain_verdict(
	    strncmp(answer + 7, "OK", 2) != 0, "recipient", answer + 7);
}

int
explain_smtp(const struct explain *e)
{
	struct rules *mailboxes = rules_need(
	    instance_path(e->instance, "cdb/mailboxes.cdb"), "mailboxes");
	int code;

	if (!(code = explain_client(e)) &&
	    !(code = explain_login(e, mailboxes)))
		code = explain_sender(e, mailboxes);
	rules_close(mailboxes);
	return code || !e->to ? code : explain_relay(e);
}
