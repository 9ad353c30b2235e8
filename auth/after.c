/* SPDX-License-Identifier: ISC */
/* A command between the right password and the session. */
#include "after.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "chain.h"

int
after_words(struct after *a, const char *command)
{
	char *rest = a->text;
	size_t n = 0;

	if (strlen(command) >= sizeof a->text)
		return 0;
	strcpy(a->text, command);
	while ((a->argv[n] = strtok_r(rest, " \t", &rest)))
		if (n++ == AFTER_WORDS)
			return 0;
	return n > 0;
}

int
after_run(const struct after *a)
{
	int null, status;
	pid_t pid;

	if (chain_calls(a->argv[0]))
		return chain_call(a->argv);
	if ((pid = fork()) < 0)
		return 111;
	if (pid == 0) {
		null = open("/dev/null", O_RDWR | O_CLOEXEC);
		if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0)
			_exit(111);
		chain_next(a->argv);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return 111;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 111;
}
