/* SPDX-License-Identifier: ISC */
/* delivercmd: one message, the file on standard input, to a program, with a
 * deadline and qmail's exit codes. Runs as the user the alias names. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <skalibs/sgetopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "deadline.h"
#include "log.h"
#include "queue/head.h"
#include "queue/report.h"
#include "usage.h"

int delivercmd_main(int, char **);

enum {
	DELIVERCMD_SECONDS = 600,
	DELIVERCMD_HEAD = 65536,
	DELIVERCMD_SAID = 400
};

static const char delivercmd_usage[] =
    "usage: delivercmd [-av] [-t seconds] [-f sender] [-r recipient] program "
    "...\n"
    "Gives the message, the file on standard input, to the program.\n"
    "  -a            again: an earlier try may have succeeded (AGAIN=yes)\n"
    "  -v            only what a person sent: not what another program, a "
    "list or\n"
    "                nobody sent\n"
    "  -t seconds    kill the program after these (600)\n"
    "  -f sender     its SENDER, and that of RPLINE\n"
    "  -r recipient  its RECIPIENT, and that of DTLINE\n"
    "Exit: 0 done, 100 cannot be, 111 try later.\n";

struct delivercmd {
	int again, human;
	unsigned int seconds;
	const char *sender, *recipient;
	pid_t pid;
	int said;                       /* what the program writes */
	char text[DELIVERCMD_SAID + 1]; /* the beginning of it */
	size_t n;
};

static int
delivercmd_options(int argc, char **argv, struct delivercmd *d)
{
	subgetopt o = SUBGETOPT_ZERO;
	int c;

	while ((c = subgetopt_r(
		    argc, (char const *const *)argv, "ahvt:f:r:", &o)) != -1)
		switch (c) {
		case 'a':
			d->again = 1;
			break;
		case 'v':
			d->human = 1;
			break;
		case 't':
			d->seconds = (unsigned int)usage_number(
			    "option -t", o.arg, 1, 86400);
			break;
		case 'f':
			d->sender = o.arg;
			break;
		case 'r':
			d->recipient = o.arg;
			break;
		case 'h':
			usage_help(delivercmd_usage);
		default:
			usage_die(delivercmd_usage);
		}
	if (o.ind == argc)
		usage_die(delivercmd_usage);
	return o.ind;
}

/* Sets NAME to BEFORE, VALUE and AFTER, or removes it. */
static void
delivercmd_set(
    const char *name, const char *before, const char *value, const char *after)
{
	char text[2048];
	int n = snprintf(
	    text, sizeof text, "%s%s%s", before, value ? value : "", after);

	if ((value ? setenv(name, text, 1) : unsetenv(name)) < 0 ||
	    n >= (int)sizeof text)
		log_die(111, "cannot set ", name, (char *)0);
}

/* What the program is told by its environment. */
static void
delivercmd_environment(const struct delivercmd *d)
{
	const char *plus = d->recipient ? strchr(d->recipient, '+') : 0;
	char ext[256] = "";

	if (plus)
		snprintf(ext, sizeof ext, "%.*s", (int)strcspn(plus + 1, "@"),
		    plus + 1);
	delivercmd_set("SENDER", "", d->sender, "");
	delivercmd_set("RECIPIENT", "", d->recipient, "");
	delivercmd_set("RPLINE", "Return-Path: <", d->sender, ">\n");
	delivercmd_set("DTLINE", "Delivered-To: ", d->recipient, "\n");
	delivercmd_set("EXT", "", plus ? ext : 0, "");
	delivercmd_set("AGAIN", "", d->again ? "yes" : 0, "");
}

/* 1 if a name like this sends what nobody reads answers to. */
static int
delivercmd_robot(const char *sender)
{
	static const char *const names[] = {"mailer-daemon@", "postmaster@",
	    "owner-", "listserv@", "majordomo@"};
	size_t i;

	if (!*sender)
		return 1;
	for (i = 0; i < sizeof names / sizeof *names; i++)
		if (strncasecmp(sender, names[i], strlen(names[i])) == 0)
			return 1;
	return strcasestr(sender, "-request@") || strcasestr(sender, "-owner@");
}

/* Looks at the header: dies 100 if the message was here before. 1 if the
 * program is not to see it; else 0. */
static int
delivercmd_header(const struct delivercmd *d)
{
	static char head[DELIVERCMD_HEAD];
	off_t at = lseek(0, 0, SEEK_CUR);
	ssize_t n = at < 0 ? -1 : pread(0, head, sizeof head, at);

	if (n < 0)
		log_diesys(errno == ESPIPE ? 100 : 111,
		    "standard input is no file, or cannot be read", (char *)0);
	if (d->recipient && head_delivered_to(head, (size_t)n, d->recipient)) {
		report_say("5.4.6",
		    "the message was delivered here before, and came back: "
		    "mail loop",
		    (char *)0);
		log_die(100, "mail loop", (char *)0);
	}
	return d->human &&
	    (delivercmd_robot(d->sender ? d->sender : "") ||
		head_automatic(head, (size_t)n));
}

/* Starts it in a group of its own, with what it writes leading here. */
static void
delivercmd_start(struct delivercmd *d, char **argv)
{
	int p[2];

	if (pipe(p) < 0 || (d->pid = fork()) < 0)
		log_diesys(111, "cannot start a program", (char *)0);
	if (d->pid == 0) {
		setpgid(0, 0);
		if (dup2(p[1], 1) < 0 || dup2(p[1], 2) < 0)
			_exit(111);
		close(p[0]);
		close(p[1]);
		execv(argv[0], argv);
		_exit(errno == ENOENT || errno == EACCES ? 127 : 111);
	}
	close(p[1]);
	d->said = p[0];
}

/* Reads until the program and all that hold its output are gone. 1; 0 the
 * deadline has passed. */
static int
delivercmd_read(struct delivercmd *d, const tain *deadline)
{
	char rest[4096];
	ssize_t n;
	size_t k;

	for (;;) {
		if (deadline_wait(d->said, POLLIN, deadline) == 0)
			return 0;
		n = read(d->said, rest, sizeof rest);
		if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN))
			return 1;
		if (n < 0)
			continue;
		k = DELIVERCMD_SAID - d->n;
		if (k > (size_t)n)
			k = (size_t)n;
		memcpy(d->text + d->n, rest, k);
		d->n += k;
	}
}

/* The exit code of the program, or 111 and the reason in *WHY. */
static int
delivercmd_wait(struct delivercmd *d, const char **why)
{
	tain deadline;
	int status = 0, pidfd = (int)syscall(SYS_pidfd_open, d->pid, 0);

	deadline_in(&deadline, d->seconds);
	*why = 0;
	/* a program may close its output before it ends */
	if (delivercmd_read(d, &deadline) && pidfd >= 0)
		deadline_wait(pidfd, POLLIN, &deadline);
	if (waitpid(d->pid, &status, WNOHANG) != d->pid)
		*why = "the program took too long";
	kill(-d->pid, SIGKILL); /* what it left behind, too */
	while (waitpid(d->pid, &status, 0) < 0 && errno == EINTR)
		;
	d->text[d->n] = 0;
	d->text[strcspn(d->text, "\r\n")] = 0;
	if (!*why && !WIFEXITED(status))
		*why = "the program crashed";
	return *why ? 111 : WEXITSTATUS(status);
}

/* What exit CODE means, as qmail-command has it: 0, 100 or 111. */
static int
delivercmd_code(int code)
{
	static const unsigned char permanent[] = {
	    100, 112, 64, 65, 70, 76, 77, 78};

	if (code == 0 || code == 99)
		return 0;
	return memchr(permanent, code, sizeof permanent) ? 100 : 111;
}

int
delivercmd_main(int argc, char **argv)
{
	struct delivercmd d = {.seconds = DELIVERCMD_SECONDS};
	char number[LOG_NUM];
	const char *why;
	int code, result;

	log_start("delivercmd");
	argv += delivercmd_options(argc, argv, &d);
	delivercmd_environment(&d);
	if (delivercmd_header(&d)) {
		log_event("passed-over", "to", d.recipient, "from", d.sender,
		    "program", argv[0], (char *)0);
		return 0;
	}
	delivercmd_start(&d, argv);
	code = delivercmd_wait(&d, &why);
	result = delivercmd_code(code);
	if (result == 0)
		report_say("2.0.0", "given to a program", (char *)0);
	else if (result == 100)
		report_say("5.3.0", *d.text ? d.text : "a program refused it",
		    (char *)0);
	else
		report_say("4.3.0",
		    why ? why : "the program cannot take it now", (char *)0);
	log_event(result ? "not-delivered" : "delivered", "to", d.recipient,
	    "from", d.sender, "program", argv[0], "exit",
	    log_u64(number, (uint64_t)code), "said", *d.text ? d.text : 0,
	    "reason", why, (char *)0);
	return result;
}
