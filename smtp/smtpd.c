/* SPDX-License-Identifier: ISC */
/* smtpd: takes mail by SMTP and puts it into the queue.
 *
 *     client <-> smtpd (front) -- pipe --> monitor -- checkpassword program
 *                  |      |
 *            policies    QUEUEDIR/incoming, or with -f: runner -- filter
 *
 * The front speaks with strangers: before it reads a byte it has opened what
 * it needs, given up its ids, and (as root) shut itself into the incoming
 * folder. The monitor, there only where logins are, keeps the ids that the
 * checkpassword program needs, and sees nothing of the connection. The runner
 * has the front's ids or those of option -F, and can run a program. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <skalibs/sgetopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "log.h"
#include "priv.h"
#include "queue/incoming.h"
#include "smtp/session.h"
#include "smtp/words.h"
#include "ucspi.h"
#include "usage.h"

int smtpd_main(int, char **);

static const char smtpd_usage[] =
    "usage: smtpd [-S] [-H host] [-q queuedir] [-u uid:gid] [-p policy]... "
    "[-f filter] [-F uid:gid] "
    "[-s maxsize] [-n maxrecipients] [-g seconds] [-t seconds] [-T seconds] "
    "[checkpassword ...]\n"
    "Takes mail by SMTP on fd 0 and 1 and puts it into the queue.\n"
    "  -S  submission: a login is needed, and what the message lacks is added\n"
    "  -H  name of this host (default: TCPLOCALHOST, else the system's)\n"
    "  -q  folder of the queue (default: queue)\n"
    "  -u  user and group to become (as root default: owner of the queue)\n"
    "  -p  [at=state,...] command, unix:path or inet:address:port: a server\n"
    "      of the Postfix policy protocol; without any, all are refused\n"
    "  -f  QMAILQUEUE program that takes the messages in the queue's place\n"
    "  -F  user and group that it runs as (default: as this program)\n"
    "  -s  size of a message, in octets, at the most (default: 52428800)\n"
    "  -n  recipients of a message, at the most (default: 1000)\n"
    "  -g  seconds to wait before the greeting (default: 0)\n"
    "  -t  seconds to wait for a client (default: 300)\n"
    "  -T  seconds that a session may take (default: 14400)\n"
    "Example:\n"
    "  tcpserver 0 25 smtpd -H mx.example.test -p 'relaycheck -c cdb'\n";

struct smtpd_options {
	const char *host, *queue, *user, *filter_user;
	char *filter[SMTP_FILTER_WORDS + 1];
};

/* Option C, if it is one of those that limit a client. 1 or 0. */
static int
smtpd_limit(struct smtp_session *s, int c, const char *arg)
{
	switch (c) {
	case 's':
		s->size_max = usage_number("option -s", arg, 1, 1ul << 40);
		break;
	case 'n':
		s->rcpt_max = (unsigned int)usage_number(
		    "option -n", arg, 1, QUEUE_RECIPIENTS);
		break;
	case 'g':
		s->delay = (unsigned int)usage_number(
		    "option -g", arg, 0, SMTP_DELAY_MAX);
		break;
	case 'T':
		s->session =
		    (unsigned int)usage_number("option -T", arg, 1, 86400);
		break;
	case 't':
		s->seconds =
		    (unsigned int)usage_number("option -t", arg, 1, 86400);
		break;
	default:
		return 0;
	}
	return 1;
}

static void
smtpd_options(
    int *argc, char ***argv, struct smtp_session *s, struct smtpd_options *o)
{
	subgetopt l = SUBGETOPT_ZERO;
	int c;

	s->size_max = 52428800;
	s->rcpt_max = QUEUE_RECIPIENTS;
	s->seconds = 300;
	s->session = 14400;
	while ((c = subgetopt_r(*argc, (char const *const *)*argv,
		    "hSH:q:u:p:f:F:s:n:g:t:T:", &l)) != -1)
		switch (c) {
		case 'h':
			usage_help(smtpd_usage);
		case 'S':
			s->submission = 1;
			break;
		case 'H':
			o->host = l.arg;
			break;
		case 'q':
			o->queue = l.arg;
			break;
		case 'u':
			o->user = l.arg;
			break;
		case 'F':
			o->filter_user = l.arg;
			break;
		case 'p':
			if (!smtp_policies_add(&s->policies, (char *)l.arg))
				log_die(100,
				    "not a policy, or one too many: ", l.arg,
				    (char *)0);
			break;
		case 'f':
			s->filtered = 1;
			if (smtp_words((char *)l.arg, o->filter,
				SMTP_FILTER_WORDS) < 1)
				log_die(
				    100, "not a filter: ", l.arg, (char *)0);
			break;
		default:
			if (!smtpd_limit(s, c, l.arg))
				usage_die(smtpd_usage);
		}
	*argc -= l.ind;
	*argv += l.ind;
	s->auth = *argc > 0;
	if (s->submission && !s->auth)
		log_die(
		    100, "option -S needs a checkpassword program", (char *)0);
}

static void
smtpd_environment(struct smtp_session *s, const struct smtpd_options *o)
{
	static char name[ADDRESS_DOMAIN_MAX + 1];
	const char *fix = getenv("BARELF"), *delay = getenv("GREETDELAY");

	if (ucspi_env() < 0)
		log_diesys(111, "cannot tell who is connected", (char *)0);
	s->tls = ucspitls_policy();
	if (fix && strcmp(fix, "fix") != 0)
		log_die(100, "BARELF is '", fix, "', not fix", (char *)0);
	s->fix = fix != 0;
	if (delay)
		s->delay = (unsigned int)usage_number(
		    "GREETDELAY", delay, 0, SMTP_DELAY_MAX);
	if (!(s->host = o->host) && !(s->host = getenv("TCPLOCALHOST"))) {
		if (gethostname(name, sizeof name - 1) < 0)
			log_diesys(
			    111, "cannot tell this host's name", (char *)0);
		s->host = name;
	}
	if (!address_domain_valid(s->host, strlen(s->host), 0))
		log_die(100, "not a host name: ", s->host, (char *)0);
}

/* A process behind the front lets go of the connection. */
static void
smtpd_let_go(void)
{
	static const char *const names[] = {
	    "SSLCTLFD", "SSLREADFD", "SSLWRITEFD", "SSLHANDFD", "SSLFARFD"};
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	const char *s;
	size_t i;

	if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0)
		log_diesys(111, "cannot let go of the connection", (char *)0);
	for (i = 0; i < sizeof names / sizeof *names; i++) {
		if ((s = getenv(names[i])) && *s)
			close(atoi(s));
		unsetenv(names[i]);
	}
}

/* It lives as long as the front does, whose exit code is its own. */
static int
smtpd_wait(pid_t front)
{
	int status;

	while (waitpid(front, &status, 0) < 0)
		if (errno != EINTR)
			return 111;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 111;
}

static int
smtpd_monitor(pid_t front, int fd, char *const *argv)
{
	smtpd_let_go();
	login_serve(fd, argv);
	return smtpd_wait(front);
}

/* Runs the filter on what the front hands over. */
static void
smtpd_runner(struct smtp_session *s, const struct smtpd_options *o,
    const struct priv_id *id)
{
	pid_t front = priv_fork(&s->filter.runner);

	if (!front)
		return;
	smtpd_let_go();
	if (s->auth)
		close(s->login);
	if (setenv("QUEUEDIR", o->queue, 1) < 0)
		log_diesys(111, "cannot set QUEUEDIR", (char *)0);
	priv_drop(id, 0);
	smtp_filter_serve(s->filter.runner, o->filter);
	_exit(smtpd_wait(front));
}

/* Opens what is needed, and gives up the rest. */
static void
smtpd_settle(struct smtp_session *s, const struct smtpd_options *o)
{
	static struct incoming in;
	struct priv_id id, filter;
	int become = geteuid() == 0 || o->user;

	if (incoming_open(&in, o->queue) < 0)
		log_diesys(111, "cannot open ", in.path, (char *)0);
	s->incoming = in.fd;
	id = in.owner;
	if (o->user)
		priv_id_need("option -u", o->user, &id);
	filter = id;
	if (o->filter_user)
		priv_id_need("option -F", o->filter_user, &filter);
	if (s->filtered)
		smtpd_runner(s, o, become || o->filter_user ? &filter : 0);
	smtp_policies_open(&s->policies, become);
	signal(SIGPIPE, SIG_IGN);
	priv_drop(become ? &id : 0, become ? in.path : 0);
}

int
smtpd_main(int argc, char **argv)
{
	static struct smtp_session s;
	static char buf[SMTP_BUFFER];
	struct smtpd_options o = {.queue = "queue"};
	pid_t front;

	log_start_conn("smtpd");
	smtpd_options(&argc, &argv, &s, &o);
	smtpd_environment(&s, &o);
	if (s.auth && (front = priv_fork(&s.login)) > 0)
		return smtpd_monitor(front, s.login, argv);
	smtpd_settle(&s, &o);
	/* the byte before the buffer is where unstuff_feed writes its first */
	line_init(&s.in, 0, LINE_BUFFER, buf + 1, sizeof buf - 1);
	reply_init(&s.out, 1, s.seconds);
	return smtp_session_run(&s);
}
