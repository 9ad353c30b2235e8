/* SPDX-License-Identifier: ISC */
/* pop3login: POP3 before the login, in two processes. The front talks to the
 * client and holds no rights; the monitor, the process this program was
 * started as, runs the checkpassword program and becomes the session. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <skalibs/sgetopt.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "chain.h"
#include "log.h"
#include "login.h"
#include "pop3front.h"
#include "priv.h"
#include "ucspi.h"
#include "usage.h"

static const char pop3login_usage[] =
    "usage: pop3login [-H host] [-u uid:gid] [-R dir] [-t seconds] "
    "checkpassword...\n"
    "Lets POP3 clients log in, and runs checkpassword... (with the program to\n"
    "run for a user) to check their passwords.\n"
    "  -H host     name this host in the greeting\n"
    "  -u uid:gid  what talks to clients gives up root for this user\n"
    "  -R dir      and for this empty folder as its root\n"
    "  -t seconds  wait this long for a command (60), thrice for a login\n";

struct pop3login {
	const char *host, *dir; /* or null */
	int drop;
	struct priv_id id;
	unsigned int seconds;
};

int pop3login_main(int, char **);

static void
pop3login_option(struct pop3login *o, int c, const char *arg)
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
		priv_id_need("option -u", arg, &o->id);
		o->drop = 1;
		return;
	case 'h':
		usage_help(pop3login_usage);
	default:
		usage_die(pop3login_usage);
	}
}

/* Gives up, for good, what the front does not need: ids, files, processes; and
 * a life without its monitor, PARENT. */
static void
pop3login_confine(const struct pop3login *o, pid_t parent)
{
	static const struct rlimit files = {3, 3}, none = {0, 0};

	priv_drop(o->drop ? &o->id : 0, o->dir);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 ||
	    setrlimit(RLIMIT_NPROC, &none) < 0 ||
	    setrlimit(RLIMIT_NOFILE, &files) < 0)
		log_diesys(111, "cannot restrict this process", (char *)0);
	if (getppid() != parent)
		_exit(111);
}

static void
pop3login_front(const struct pop3login *o, int monitor)
{
	struct pop3front f = {.monitor = monitor};
	char number[LOG_NUM];

	f.seconds = o->seconds;
	f.policy = ucspitls_policy();
	f.secure = ucspitls_active();
	f.offered = ucspitls_offered();
	pop3front_run(&f, o->host);
	if (f.reason)
		log_event("no-login", "ip", getenv("TCPREMOTEIP"), "reason",
		    f.reason, "failures", log_u64(number, f.failures),
		    (char *)0);
	_exit(0);
}

int
pop3login_main(int argc, char **argv)
{
	struct pop3login o = {.seconds = 60};
	subgetopt opt = SUBGETOPT_ZERO;
	pid_t self = getpid(), front;
	int c, fd, one = 1;

	log_start_conn("pop3login");
	opt.err = 0;
	while ((c = subgetopt_r(
		    argc, (char const *const *)argv, "H:u:R:t:h", &opt)) != -1)
		pop3login_option(&o, c, opt.arg);
	argv += opt.ind;
	if (!*argv)
		usage_die(pop3login_usage);
	if (geteuid() == 0 && !o.drop)
		log_die(100, "root must give option -u", (char *)0);
	ucspitls_policy();
	if (ucspi_env() < 0)
		log_diesys(111, "cannot tell who the client is", (char *)0);
	setsockopt(1, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	front = priv_fork(&fd);
	if (!front) {
		pop3login_confine(&o, self);
		pop3login_front(&o, fd);
	}
	return login_become(fd, front, argv);
}
