/* SPDX-License-Identifier: ISC */
/* The runner of a QMAILQUEUE program: starts it once a message on the pipes it
 * is given, and tells its exit code. It never sees a byte of the message. */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "deadline.h"
#include "peer.h"
#include "smtp/filter.h"

enum { RUNNER_LONGEST = 86400, RUNNER_TEXT = 6, RUNNER_FAILED = 81 };

/* The descriptors of a message. */
enum { RUNNER_FACTS, RUNNER_MESSAGE, RUNNER_ENVELOPE, RUNNER_SAYS, RUNNER_FDS };

/* Receives them. 1, or 0: there are no more. */
static int
runner_receive(int peer, int *fd)
{
	tain deadline;
	char byte;
	size_t n;
	int i, one;

	deadline_in(&deadline, RUNNER_LONGEST);
	for (i = 0; i < RUNNER_FDS; i++) {
		if (peer_recv(peer, &byte, 1, &n, &one, &deadline) != 1 ||
		    one < 0)
			return 0;
		/* out of the way of 0, 1 and 6 */
		fd[i] = fcntl(one, F_DUPFD_CLOEXEC, RUNNER_TEXT + 1);
		close(one);
		if (fd[i] < 0)
			return 0;
	}
	return 1;
}

static int
runner_setenv(const char *name, const char *value)
{
	return *value ? setenv(name, value, 1) : unsetenv(name);
}

/* Puts the facts in the file FD into the environment. 0, or -1. */
static int
runner_facts(int fd)
{
	static char facts[SMTP_FILTER_FACTS];
	ssize_t n = pread(fd, facts, sizeof facts, 0);
	const char *notes;

	if (n < 2 || facts[n - 1])
		return -1;
	notes = facts + strlen(facts) + 1;
	if (notes + strlen(notes) + 1 != facts + n)
		return -1;
	return runner_setenv("SMTPAUTHUSER", facts) < 0 ||
		runner_setenv("QUEUENOTES", notes) < 0
	    ? -1
	    : 0;
}

/* Runs ARGV on FD. Its pid, or -1. */
static pid_t
runner_spawn(char *const *argv, const int *fd)
{
	extern char **environ;
	posix_spawn_file_actions_t fa;
	pid_t pid = -1;

	if (posix_spawn_file_actions_init(&fa))
		return -1;
	if (posix_spawn_file_actions_adddup2(
		&fa, fd[RUNNER_SAYS], RUNNER_TEXT) ||
	    posix_spawn_file_actions_adddup2(&fa, fd[RUNNER_MESSAGE], 0) ||
	    posix_spawn_file_actions_adddup2(&fa, fd[RUNNER_ENVELOPE], 1) ||
	    posix_spawnp(&pid, argv[0], &fa, 0, argv, environ))
		pid = -1;
	posix_spawn_file_actions_destroy(&fa);
	return pid;
}

static unsigned char
runner_wait(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return RUNNER_FAILED;
	return WIFEXITED(status) ? (unsigned char)WEXITSTATUS(status)
				 : RUNNER_FAILED;
}

void
smtp_filter_serve(int peer, char *const *argv)
{
	unsigned char code;
	tain deadline;
	pid_t pid;
	int fd[RUNNER_FDS], i;

	while (runner_receive(peer, fd)) {
		pid = runner_facts(fd[RUNNER_FACTS]) < 0
		    ? -1
		    : runner_spawn(argv, fd);
		for (i = 0; i < RUNNER_FDS; i++)
			close(fd[i]);
		code = pid < 0 ? RUNNER_FAILED : runner_wait(pid);
		deadline_in(&deadline, RUNNER_LONGEST);
		if (peer_send(peer, &code, 1, -1, &deadline) != 1)
			break;
	}
}
