/* SPDX-License-Identifier: ISC */
/* Other programs that the front command runs. */
#include "package/command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "package/say.h"

void
command_path(char *bin)
{
	char path[3 * INSTANCE_PATH], *slash;
	const char *old = getenv("PATH");
	ssize_t n = readlink("/proc/self/exe", bin, INSTANCE_PATH - 1);

	if (n < 0)
		die_sys(111, "cannot find my own folder");
	bin[n] = 0;
	if ((slash = strrchr(bin, '/')))
		*slash = 0;
	if (snprintf(path, sizeof path, "%s:%s", bin,
		old ? old : "/usr/bin:/bin") >= (int)sizeof path)
		die(100, "PATH is too long");
	if (setenv("PATH", path, 1) < 0)
		die_sys(111, "cannot set PATH");
}

static const char *
command_package(const char *name)
{
	if (strncmp(name, "s6-", 3) == 0)
		return " (Debian package s6)";
	if (strcmp(name, "make") == 0)
		return " (Debian package make)";
	return "";
}

int
command_run(char *const *argv)
{
	int status;
	pid_t pid;

	fflush(stdout);
	if ((pid = fork()) < 0)
		die_sys(111, "cannot fork");
	if (pid == 0) {
		execvp(argv[0], argv);
		if (errno == ENOENT) {
			warn("there is no program %s%s", argv[0],
			    command_package(argv[0]));
			_exit(127);
		}
		warn("cannot run %s: %s", argv[0], strerror(errno));
		_exit(126);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			die_sys(111, "cannot wait for %s", argv[0]);
	if (!WIFEXITED(status))
		return 111;
	if (WEXITSTATUS(status) == 127)
		exit(100);
	return WEXITSTATUS(status);
}

void
command_make(const struct instance *i)
{
	char *argv[] = {(char *)"make", (char *)"--no-print-directory",
	    (char *)"-s", (char *)"-C", (char *)i->dir, 0};

	unsetenv("MAKEFLAGS");
	unsetenv("MAKELEVEL");
	if (command_run(argv) != 0)
		die(100, "the rules in %s/etc do not compile: nothing changed",
		    i->dir);
}

int
command_check(const struct instance *i, const char *type, const char *file)
{
	const char *path = instance_path(i, "etc/%s", file);
	const char *cdb = instance_path(i, "cdb");
	char command[INSTANCE_PATH];
	char *argv[] = {(char *)"sh", (char *)"-c", command, (char *)"check",
	    (char *)path, (char *)cdb, 0};

	snprintf(command, sizeof command,
	    "cdbrules check -w -c \"$2\" -f \"$1\" %s < \"$1\"", type);
	return command_run(argv);
}
