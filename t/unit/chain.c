/* SPDX-License-Identifier: ISC */
/* Tests of lib/chain: a call, an exec, exit codes, and the descriptors that
 * are closed in both. */
#include "chain.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "log.h"
#include "t/tap.h"

/* The exit code of a child that runs ARGV as the next stage. */
static int
next(char *const *argv)
{
	int status;

	fflush(stdout);
	if (fork() == 0) {
		close(2);
		if (open("/dev/null", O_WRONLY) != 2 || dup2(2, 1) != 1)
			_exit(99);
		log_start("t");
		chain_next(argv);
	}
	wait(&status);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static int
next_sh(const char *script)
{
	char *argv[] = {(char *)"sh", (char *)"-c", (char *)script, 0};

	return next(argv);
}

/* A stage that is called and waits for its input has no marked descriptor. */
static void
closed_by_a_call(void)
{
	char *argv[] = {
	    (char *)"cdbrules", (char *)"check", (char *)"domains", 0};
	int in[2], marked[2], status;
	char byte;
	pid_t pid;

	if (pipe(in) < 0 || pipe(marked) < 0)
		exit(111);
	fflush(stdout);
	if ((pid = fork()) == 0) {
		dup2(in[0], 0);
		close(in[1]);
		close(2); /* what it says of its input is not the matter */
		close(marked[0]);
		chain_close_on_next(marked[1]);
		chain_next(argv);
	}
	close(in[0]);
	close(marked[1]);
	ok(read(marked[0], &byte, 1) == 0, "a call closes marked ones");
	ok(waitpid(pid, 0, WNOHANG) == 0, "while the stage runs");
	close(in[1]);
	waitpid(pid, &status, 0);
	ok(WIFEXITED(status) && WEXITSTATUS(status) == 0, "which ends well");
}

int
main(void)
{
	char *nothing[] = {0}, *none[] = {(char *)"no-such-program", 0};
	char *folder[] = {(char *)"/", 0};
	char *help[] = {(char *)"ipcheck", (char *)"-h", 0};
	char *wrong[] = {(char *)"ipcheck", (char *)"-?", 0};
	char script[80];
	int fd;

	unsetenv("POSTERN_EXEC");
	ok(chain_calls("ipcheck") && chain_ours("ipcheck"), "ours is called");
	ok(!chain_calls("sh") && !chain_ours("sh"), "another is not");
	ok(!chain_calls("/bin/ipcheck"), "nor a path");
	ok(next(help) == 0, "a call that succeeds");
	ok(next(wrong) == 100, "its exit code");
	ok(next_sh("exit 7") == 7, "an exec, and its exit code");
	ok(next(nothing) == 100, "nothing to run");
	ok(next(none) == 100, "no such program");
	ok(next(folder) == 100, "not a program");
	setenv("POSTERN_EXEC", "1", 1);
	ok(!chain_calls("ipcheck") && chain_ours("ipcheck"),
	    "POSTERN_EXEC=1: executed");
	unsetenv("POSTERN_EXEC");

	fd = open("/dev/null", O_RDONLY);
	snprintf(script, sizeof script, "test -e /proc/self/fd/%d", fd);
	ok(next_sh(script) == 0, "a descriptor is inherited");
	chain_close_on_next(fd);
	ok(next_sh(script) == 1, "unless it is marked");
	ok(fcntl(fd, F_GETFD) >= 0, "open until then");
	chain_keep(fd);
	closed_by_a_call();
	return done();
}
