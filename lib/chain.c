/* SPDX-License-Identifier: ISC */
/* The next stage: a call where it is ours, else an exec. */
#include "chain.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"

enum { CHAIN_FDS = 16 };

static int chain_fd[CHAIN_FDS]; /* fd + 1, so that 0 is an empty place */

static const struct chain_stage *
chain_look_up(const char *name)
{
	const struct chain_stage *s;

	for (s = chain_table; s->name; s++)
		if (strcmp(s->name, name) == 0)
			return s;
	return 0;
}

static const struct chain_stage *
chain_find(const char *name)
{
	const char *force = getenv("POSTERN_EXEC");

	return force && strcmp(force, "1") == 0 ? 0 : chain_look_up(name);
}

int
chain_ours(const char *name)
{
	return chain_look_up(name) != 0;
}

int
chain_calls(const char *name)
{
	return chain_find(name) != 0;
}

void
chain_close_on_next(int fd)
{
	size_t i;

	for (i = 0; i < CHAIN_FDS; i++)
		if (!chain_fd[i])
			break;
	if (i == CHAIN_FDS)
		log_die(
		    111, "too many open descriptors between stages", (char *)0);
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
		log_diesys(111, "cannot mark a descriptor", (char *)0);
	chain_fd[i] = fd + 1;
}

void
chain_keep(int fd)
{
	size_t i;

	for (i = 0; i < CHAIN_FDS; i++)
		if (chain_fd[i] == fd + 1)
			chain_fd[i] = 0;
}

static void
chain_close(void)
{
	size_t i;

	for (i = 0; i < CHAIN_FDS; i++)
		if (chain_fd[i]) {
			close(chain_fd[i] - 1);
			chain_fd[i] = 0;
		}
}

int
chain_call(char *const *argv)
{
	const struct chain_stage *s;
	int argc;

	s = chain_find(argv[0]);
	chain_close();
	for (argc = 0; argv[argc]; argc++)
		;
	return s->main(argc, (char **)argv);
}

void
chain_next(char *const *argv)
{
	if (!argv[0])
		log_die(100, "no next program given", (char *)0);
	if (chain_find(argv[0]))
		exit(chain_call(argv));
	execvp(argv[0], argv);
	log_diesys(errno == ENOENT || errno == EACCES ? 100 : 111,
	    "cannot run ", argv[0], (char *)0);
}
