/* SPDX-License-Identifier: ISC */
/* The two processes of a login program. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "frontmain.h"
#include "linger.h"
#include "log.h"
#include "priv.h"
#include "ucspi.h"
#include "usage.h"

void
front_option(struct front_options *o, int c, const char *arg, const char *usage)
{
	switch (c) {
	case 'H':
		o->host = arg;
		return;
	case 'R':
		o->dir = arg;
		return;
	case 't':
		o->seconds =
		    (unsigned int)usage_number("option -t", arg, 1, 3600);
		return;
	case 'u':
		o->user = arg;
		return;
	case 'h':
		usage_help(usage);
	default:
		usage_die(usage);
	}
}

/* Gives up, for good, what the front does not need: ids, files, processes; and
 * a life without its monitor, PARENT. */
static void
front_confine(const struct priv_id *id, const char *dir, pid_t parent)
{
	static const struct rlimit files = {3, 3}, none = {0, 0};

	priv_drop(id, dir);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 ||
	    setrlimit(RLIMIT_NPROC, &none) < 0 ||
	    setrlimit(RLIMIT_NOFILE, &files) < 0)
		log_diesys(111, "cannot restrict this process", (char *)0);
	if (getppid() != parent)
		_exit(111);
}

static void
front_talk(const struct front_options *o, int monitor, front_run *run)
{
	struct front f;
	char number[LOG_NUM];

	f.monitor = monitor;
	f.seconds = o->seconds;
	f.policy = ucspitls_policy();
	f.secure = ucspitls_active();
	f.offered = ucspitls_offered();
	ucspitls_leave();
	f.failures = f.errors = 0;
	f.reason = 0;
	f.user_len = 0;
	run(&f, o->host);
	if (f.reason)
		log_event("no-login", "ip", getenv("TCPREMOTEIP"), "reason",
		    f.reason, "failures", log_u64(number, f.failures),
		    (char *)0);
	/* it may be in the middle of something */
	if (f.reason && !f.out.failed)
		linger(0, 1);
	_exit(0);
}

int
front_main(const struct front_options *o, char *const *argv, front_run *run)
{
	struct priv_id id;
	pid_t self = getpid(), front;
	int fd, one = 1;

	if (o->user)
		priv_id_need("option -u", o->user, &id);
	else if (geteuid() == 0)
		log_die(100, "root must give option -u", (char *)0);
	ucspitls_policy();
	if (ucspi_env() < 0)
		log_diesys(111, "cannot tell who the client is", (char *)0);
	setsockopt(1, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	front = priv_fork(&fd);
	if (!front) {
		front_confine(o->user ? &id : 0, o->dir, self);
		front_talk(o, fd, run);
	}
	return login_become(fd, front, argv);
}
