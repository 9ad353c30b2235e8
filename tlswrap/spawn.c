/* SPDX-License-Identifier: ISC */
/* tlswrap's way to an engine of its own, as under plain inetd. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hand.h"
#include "log.h"

extern char **environ;

/* Executes tlsd with the control connection on fd 0 and nothing but the log
 * besides. 0, or the error. */
static int
spawn_exec(int ctl, unsigned int seconds)
{
	posix_spawn_file_actions_t a;
	char number[LOG_NUM];
	char *argv[] = {"tlsd", "-1", "-t", number, 0};
	pid_t pid;
	int e;

	log_u64(number, seconds);
	if ((e = posix_spawn_file_actions_init(&a)) ||
	    (e = posix_spawn_file_actions_adddup2(&a, ctl, 0)) ||
	    (e = posix_spawn_file_actions_addopen(
		 &a, 1, "/dev/null", O_RDWR, 0)) ||
	    (e = posix_spawn_file_actions_addclosefrom_np(&a, 3)))
		return e;
	return posix_spawnp(&pid, argv[0], &a, 0, argv, environ);
}

/* The engine becomes a grandchild: the program that this process turns into
 * shall not find a child that it does not know. */
int
hand_spawn(unsigned int seconds)
{
	int s[2], status;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, s) < 0)
		log_diesys(111, "cannot make a socketpair", (char *)0);
	if ((pid = fork()) < 0)
		log_diesys(111, "cannot fork", (char *)0);
	if (pid == 0)
		_exit(spawn_exec(s[1], seconds));
	close(s[1]);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			log_diesys(111, "cannot wait", (char *)0);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		errno = WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
		log_diesys(111, "cannot start a TLS engine: tlsd", (char *)0);
	}
	return s[0];
}
