/* SPDX-License-Identifier: ISC */
/* The policies that decide about recipients. */
#include "smtp/policies.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "chain.h"
#include "deadline.h"
#include "log.h"
#include "relaycheck/relaycheck.h"

int
smtp_policies_add(struct smtp_policies *ps, char *command)
{
	struct smtp_policy *p;
	char *word, *rest = command;

	if (ps->n == SMTP_POLICIES)
		return 0;
	p = &ps->policy[ps->n++];
	while ((word = strtok_r(rest, " \t", &rest))) {
		if (p->argc == SMTP_POLICY_WORDS)
			return 0;
		p->argv[p->argc++] = word;
	}
	return p->argc > 0;
}

/* Runs P with FD as its standard input and output. 0, or an errno. */
static int
smtp_policies_spawn(const struct smtp_policy *p, int fd)
{
	extern char **environ;
	posix_spawn_file_actions_t fa;
	posix_spawnattr_t attr;
	sigset_t pipe;
	pid_t pid;
	int e;

	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	if ((e = posix_spawn_file_actions_init(&fa)))
		return e;
	if ((e = posix_spawnattr_init(&attr))) {
		posix_spawn_file_actions_destroy(&fa);
		return e;
	}
	if (!(e = posix_spawnattr_setsigdefault(&attr, &pipe)) &&
	    !(e = posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF)) &&
	    !(e = posix_spawn_file_actions_adddup2(&fa, fd, 0)) &&
	    !(e = posix_spawn_file_actions_adddup2(&fa, fd, 1)))
		e = posix_spawnp(
		    &pid, p->argv[0], &fa, &attr, p->argv, environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&fa);
	return e;
}

/* The descriptors that start TLS are not for the children of this session:
 * one that outlives it would keep the engine waiting. */
static void
smtp_policies_shield(void)
{
	static const char *const names[] = {
	    "SSLCTLFD", "SSLREADFD", "SSLWRITEFD"};
	const char *s;
	size_t i;

	for (i = 0; i < sizeof names / sizeof *names; i++)
		if ((s = getenv(names[i])) && *s)
			fcntl(atoi(s), F_SETFD, FD_CLOEXEC);
}

static void
smtp_policies_start(struct smtp_policy *p)
{
	int fd[2], e;

	p->state = SMTP_POLICY_FAILS;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd) < 0)
		return;
	smtp_policies_shield();
	e = smtp_policies_spawn(p, fd[1]);
	close(fd[1]);
	if (e) {
		close(fd[0]);
		log_event("policy-failed", "policy", p->argv[0], "why",
		    strerror(e), (char *)0);
		return;
	}
	p->state = SMTP_POLICY_RUNS;
	p->fd = fd[0];
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

int
smtp_policies_ask(struct smtp_policies *ps, size_t i,
    const struct policy_request *q, char *action, char *why)
{
	struct smtp_policy *p = &ps->policy[i];
	tain deadline;

	if (p->ours) {
		relaycheck_ask(p->ours, q, action, why);
		return 1;
	}
	if (p->state == SMTP_POLICY_IDLE)
		smtp_policies_start(p);
	strcpy(why, "a policy does not answer");
	if (p->state != SMTP_POLICY_RUNS)
		return -1;
	deadline_in(&deadline, SMTP_POLICY_SECONDS);
	policy_clear(&ps->answer);
	if (policy_write(p->fd, q, &deadline) != 1 ||
	    policy_read(p->fd, &ps->answer, &deadline) != 1 ||
	    strlen(policy_get(&ps->answer, "action")) >= POLICY_ACTION_MAX) {
		close(p->fd); /* an answer that comes late is for nobody */
		p->state = SMTP_POLICY_FAILS;
		log_event("policy-failed", "policy", p->argv[0], "why",
		    "no answer", (char *)0);
		return -1;
	}
	strcpy(action, policy_get(&ps->answer, "action"));
	strcpy(why, action);
	return 1;
}
