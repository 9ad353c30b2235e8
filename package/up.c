/* SPDX-License-Identifier: ISC */
/* postern up, down and status: an instance under s6. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "package/command.h"
#include "package/instance.h"
#include "package/ports.h"
#include "package/say.h"
#include "package/up.h"
#include "package/verbs.h"

enum { UP_SECONDS = 30, UP_STEP_MS = 20 };

static volatile sig_atomic_t up_signal;

static void
up_caught(int sig)
{
	up_signal = sig;
}

static void
up_pause(void)
{
	struct timespec t = {.tv_nsec = UP_STEP_MS * 1000000L};

	nanosleep(&t, 0);
}

/* The one who holds the lock is it. */
pid_t
up_running(const struct instance *i)
{
	struct flock l = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int fd = open(
	    instance_path(i, "service/.s6-svscan/lock"), O_WRONLY | O_CLOEXEC);
	int r;

	if (fd < 0)
		return 0;
	r = fcntl(fd, F_GETLK, &l);
	close(fd);
	return r == 0 && l.l_type != F_UNLCK ? l.l_pid : 0;
}

/* Points DIR/bin at the programs beside this one. */
static void
up_link(const struct instance *i, const char *bin)
{
	const char *link = instance_path(i, "bin");
	const char *temp = instance_path(i, "bin.new");

	unlink(temp);
	if (symlink(bin, temp) < 0 || rename(temp, link) < 0)
		die_sys(111, "cannot link %s", link);
}

/* Starts s6-svscan in a session of its own; its words go to log/supervision. */
static pid_t
up_start(const struct instance *i)
{
	char *argv[] = {(char *)"s6-svscan", (char *)"-c", (char *)"100",
	    (char *)instance_path(i, "service"), 0};
	const char *log = instance_path(i, "log/supervision");
	int in, out;
	pid_t pid;

	if ((pid = fork()) < 0)
		die_sys(111, "cannot fork");
	if (pid > 0)
		return pid;
	setsid();
	in = open("/dev/null", O_RDONLY);
	out = open(log, O_WRONLY | O_CREAT | O_APPEND, 0640);
	if (in < 0 || out < 0)
		die_sys(111, "cannot open %s", log);
	dup2(in, 0);
	dup2(out, 1);
	dup2(out, 2);
	if (in > 2)
		close(in);
	if (out > 2)
		close(out);
	execvp(argv[0], argv);
	die_sys(100, "cannot run s6-svscan (Debian package s6)");
}

/* 1 if what s6 supervises in FOLDER is up and ready. */
static int
up_folder_ready(const char *folder)
{
	char out[32] = "";
	int p[2];
	pid_t pid;
	ssize_t n;

	if (pipe(p) < 0 || (pid = fork()) < 0)
		die_sys(111, "cannot ask for %s", folder);
	if (pid == 0) {
		dup2(p[1], 1);
		close(p[0]);
		close(p[1]);
		if ((p[0] = open("/dev/null", O_WRONLY)) >= 0)
			dup2(p[0], 2);
		execlp(
		    "s6-svstat", "s6-svstat", "-o", "ready", folder, (char *)0);
		_exit(127);
	}
	close(p[1]);
	n = read(p[0], out, sizeof out - 1);
	close(p[0]);
	waitpid(pid, 0, 0);
	return n > 0 && strncmp(out, "true", 4) == 0;
}

/* 1 if service NAME and its log are up and ready. */
static int
up_ready(const struct instance *i, const char *name)
{
	return up_folder_ready(instance_path(i, "service/%s", name)) &&
	    up_folder_ready(instance_path(i, "service/%s/log", name));
}

/* What the log of NAME ends with, on standard error. */
static void
up_tell(const struct instance *i, const char *name)
{
	char *argv[] = {(char *)"tail", (char *)"-n", (char *)"2",
	    (char *)instance_path(i, "log/%s/current", name), 0};

	warn("%s is not ready; its log ends with:", name);
	fflush(stderr);
	dup2(2, 1);
	command_run(argv);
}

static int
up_stop(const struct instance *i)
{
	char *argv[] = {(char *)"s6-svscanctl", (char *)"-t",
	    (char *)instance_path(i, "service"), 0};
	int steps;

	if (command_run(argv) != 0)
		return 111;
	for (steps = 0; steps < UP_SECONDS * 1000 / UP_STEP_MS; steps++) {
		waitpid(-1, 0, WNOHANG);
		if (!up_running(i))
			return 0;
		up_pause();
	}
	return 111;
}

/* Waits until every service is ready. 1; 0: one is not, and that was said. */
static int
up_wait(const struct instance *i, pid_t svscan)
{
	const struct service *s = instance_next(i, 0);
	int steps = 0;

	while (s && !up_signal) {
		if (up_ready(i, s->name)) {
			s = instance_next(i, s);
			continue;
		}
		if (waitpid(svscan, 0, WNOHANG) == svscan)
			die(111, "s6-svscan has ended: see %s/log/supervision",
			    i->dir);
		if (++steps > UP_SECONDS * 1000 / UP_STEP_MS) {
			up_tell(i, s->name);
			return 0;
		}
		up_pause();
	}
	return !up_signal;
}

/* Stays in the foreground until told to end. */
static int
up_stay(const struct instance *i, pid_t svscan)
{
	while (!up_signal && waitpid(svscan, 0, 0) < 0 && errno == EINTR)
		;
	if (!up_signal)
		die(111, "s6-svscan has ended: see %s/log/supervision", i->dir);
	return up_stop(i);
}

int
up_all_ready(const struct instance *i)
{
	const struct service *s;

	if (!up_running(i))
		return 0;
	for (s = instance_next(i, 0); s; s = instance_next(i, s))
		if (!up_ready(i, s->name))
			return 0;
	return 1;
}

int
verb_up(int argc, char **argv)
{
	static const struct option options[] = {
	    {"detach", 0, 0, 'd'}, {0, 0, 0, 0}};
	struct sigaction caught = {.sa_handler = up_caught};
	char bin[INSTANCE_PATH];
	static struct instance i;
	int c, detach = 0;
	pid_t svscan;

	while ((c = getopt_long(argc, argv, "", options, 0)) != -1)
		if (c != 'd')
			return 100;
		else
			detach = 1;
	if (argc - optind != 1)
		die(100, "usage: postern up DIR [--detach]");
	instance_need(&i, argv[optind]);
	command_path(bin);
	if (up_running(&i))
		die(100, "%s is up already", argv[optind]);
	up_link(&i, bin);
	command_make(&i);
	ports_need(&i);
	sigaction(SIGINT, &caught, 0);
	sigaction(SIGTERM, &caught, 0);
	svscan = up_start(&i);
	if (!up_wait(&i, svscan)) {
		up_stop(&i);
		return 111;
	}
	puts("ready");
	fflush(stdout);
	return detach ? 0 : up_stay(&i, svscan);
}

int
verb_down(int argc, char **argv)
{
	char bin[INSTANCE_PATH];
	static struct instance i;

	if (argc != 2)
		die(100, "usage: postern down DIR");
	instance_need(&i, argv[1]);
	command_path(bin);
	if (!up_running(&i))
		return 0;
	if (up_stop(&i) != 0)
		die(111, "%s is not down after %d seconds", argv[1],
		    UP_SECONDS);
	return 0;
}

int
verb_status(int argc, char **argv)
{
	char bin[INSTANCE_PATH];
	static struct instance i;
	const struct service *s;
	int up, ready, all = 1;

	if (argc != 2)
		die(100, "usage: postern status DIR");
	instance_need(&i, argv[1]);
	command_path(bin);
	up = up_running(&i) != 0;
	for (s = instance_next(&i, 0); s; s = instance_next(&i, s)) {
		ready = up && up_ready(&i, s->name);
		all &= ready;
		printf("%s %s", s->name,
		    ready    ? "ready"
			: up ? "starting"
			     : "down");
		if (s->port)
			printf(" port %u", s->port + i.offset);
		putchar('\n');
	}
	return all ? 0 : 1;
}
