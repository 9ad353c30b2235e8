/* SPDX-License-Identifier: ISC */
/* queued: delivers what is in the queue. Two processes: the manager reads the
 * queue with few rights, the spawner (the parent) starts deliveries as the
 * owners of the mailboxes. */
#include <errno.h>
#include <fcntl.h>
#include <skalibs/sgetopt.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "address.h"
#include "chain.h"
#include "log.h"
#include "priv.h"
#include "queue/manager.h"
#include "queue/spawner.h"
#include "queue/start.h"
#include "routes.h"
#include "smtp/words.h"
#include "usage.h"

int queued_main(int, char **);

static const char queued_usage[] =
    "usage: queued [-r fd] [-u uid:gid] [-c cdbdir] [-j jobs] [-H host]\n"
    "              [-s uid:gid] [-o links] [-p port] [-A file]\n"
    "              [-D socket] [-M socket] [-f filter] [-F uid:gid]\n"
    "              [-l days] [-w hours] queuedir\n"
    "Delivers the messages in the queue, here and to other servers.\n"
    "  -r fd       write a newline to this descriptor when ready\n"
    "  -u uid:gid  read the queue as this user\n"
    "  -c cdbdir   folder of the compiled rules (cdb)\n"
    "  -j jobs     processes that deliver at a time (40)\n"
    "  -H host     this server's name\n"
    "  -s uid:gid  speak to other servers as this user (that of -u)\n"
    "  -o links    connections to other servers at a time (100)\n"
    "  -p port     the port of MX hosts (25)\n"
    "  -A file     authorities to trust too for TLS to them (PEM)\n"
    "  -D socket   of dnssecd: DANE for TLS to them\n"
    "  -M socket   of mtasts: MTA-STS\n"
    "  -f filter   notices go through this QMAILQUEUE program\n"
    "  -F uid:gid  which runs as this user (that of -u)\n"
    "  -l days     return what is not delivered after these (5)\n"
    "  -w hours    warn the sender after these (4); 0: never\n";

enum { QUEUED_HOUR = 3600, QUEUED_DAY = 86400, QUEUED_WORDS = 64 };

struct queued {
	const char *queue, *user, *send, *authorities, *dnssec, *mtasts;
	const char *filter_user;
	char *filter[QUEUED_WORDS + 1];
	unsigned int port; /* of MX hosts */
	struct manager_config c;
};

/* Options of what goes out. 1, or 0 if C is none. */
static int
queued_option_out(struct queued *q, int c, const char *arg)
{
	switch (c) {
	case 's':
		q->send = arg;
		return 1;
	case 'o':
		q->c.links = (unsigned int)usage_number(
		    "option -o", arg, 1, MANAGER_LINKS_MAX);
		return 1;
	case 'A':
		q->authorities = arg;
		return 1;
	case 'D':
		q->dnssec = arg;
		return 1;
	case 'M':
		q->mtasts = arg;
		return 1;
	case 'p':
		q->port =
		    (unsigned int)usage_number("option -p", arg, 1, 65535);
		return 1;
	default:
		return 0;
	}
}

/* Options of notices. 1, or 0 if C is none. */
static int
queued_option_notices(struct queued *q, int c, const char *arg)
{
	switch (c) {
	case 'H':
		q->c.finish.host = arg;
		return 1;
	case 'f':
		if (smtp_words((char *)arg, q->filter, QUEUED_WORDS) < 1)
			log_die(100, "not a filter: ", arg, (char *)0);
		q->c.finish.filter = 1;
		return 1;
	case 'F':
		q->filter_user = arg;
		return 1;
	case 'l':
		q->c.finish.lifetime =
		    QUEUED_DAY * usage_number("option -l", arg, 0, 365);
		return 1;
	case 'w':
		q->c.finish.warn =
		    QUEUED_HOUR * usage_number("option -w", arg, 0, 8760);
		return 1;
	default:
		return 0;
	}
}

static void
queued_option(struct queued *q, int c, const char *arg)
{
	switch (c) {
	case 'r':
		q->c.ready = (int)usage_number("option -r", arg, 3, 65535);
		break;
	case 'u':
		q->user = arg;
		break;
	case 'c':
		q->c.cdb = arg;
		break;
	case 'j':
		q->c.jobs = (unsigned int)usage_number(
		    "option -j", arg, 1, MANAGER_JOBS_MAX);
		break;
	case 'h':
		usage_help(queued_usage);
	default:
		if (!queued_option_out(q, c, arg) &&
		    !queued_option_notices(q, c, arg))
			usage_die(queued_usage);
	}
}

static void
queued_options(int argc, char **argv, struct queued *q)
{
	subgetopt o = SUBGETOPT_ZERO;
	int c;

	while ((c = subgetopt_r(argc, (char const *const *)argv,
		    "hr:u:c:j:s:o:p:A:D:M:H:f:F:l:w:", &o)) != -1)
		queued_option(q, c, o.arg);
	if (argc - o.ind != 1)
		usage_die(queued_usage);
	q->queue = argv[o.ind];
}

/* The name in notices: that of -H, else the machine's. */
static void
queued_host(struct queued *q)
{
	static char host[ADDRESS_DOMAIN_MAX + 1];
	struct finish *f = &q->c.finish;

	if (f->host && !address_domain_valid(f->host, strlen(f->host), 0))
		log_die(100, "not a host name: ", f->host, (char *)0);
	if (!f->host && gethostname(host, sizeof host - 1) < 0)
		log_diesys(111, "cannot tell this host's name", (char *)0);
	if (!f->host)
		f->host = address_domain_valid(host, strlen(host), 0)
		    ? host
		    : "localhost";
}

static int
queued_folder(int queue, const struct queued *q, const char *name)
{
	int fd = openat(queue, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		log_diesys(errno == ENOENT ? 100 : 111, "cannot open ",
		    q->queue, "/", name, (char *)0);
	return fd;
}

/* Opens the folders, and sees to it that no other queued serves them. */
static int
queued_open(struct queued *q)
{
	int queue, lock;

	queue = open(q->queue, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (queue < 0)
		log_diesys(errno == ENOENT ? 100 : 111, "cannot open ",
		    q->queue, (char *)0);
	lock = openat(queue, "lock", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (lock < 0 || flock(lock, LOCK_EX | LOCK_NB) < 0)
		log_diesys(111, "cannot lock ", q->queue,
		    errno == EWOULDBLOCK ? " (another queued runs)" : "",
		    (char *)0);
	chain_close_on_next(lock);
	q->c.dirs.incoming = queued_folder(queue, q, "incoming");
	q->c.dirs.active = queued_folder(queue, q, "active");
	q->c.dirs.state = queued_folder(queue, q, "state");
	q->c.dirs.failed = queued_folder(queue, q, "failed");
	q->c.dirs.full =
	    openat(queue, "full", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	close(queue);
	return lock;
}

/* The manager: gives up its rights, then works. The folder of rules is reached
 * by a path from here, so the working folder stays for it. */
static int
queued_manage(struct queued *q, const struct priv_id *id, int lock)
{
	chain_keep(lock);
	close(lock);
	priv_drop(id, 0);
	return manager_run(&q->c);
}

static void
queued_close(struct queue_dirs *d)
{
	close(d->incoming);
	close(d->active);
	close(d->state);
	close(d->failed);
	if (d->full >= 0)
		close(d->full);
}

/* Who USER is, or, where there is none, that of option -u. Null: nobody else
 * than who runs this. */
static const struct priv_id *
queued_id(const struct queued *q, const char *option, const char *user,
    struct priv_id *id)
{
	if (!user && !(user = q->user))
		return 0;
	priv_id_need(option, user, id);
	return id;
}

/* What the spawner is to know, but the users. */
static void
queued_start(const struct queued *q, struct start_config *start)
{
	start->cdb = q->c.cdb;
	start->host = q->c.finish.host;
	start->port = q->port;
	start->authorities = q->authorities;
	start->dnssec = q->dnssec;
	start->mtasts = q->mtasts;
	start->filter = q->c.finish.filter ? q->filter : 0;
	start->queue = q->queue;
}

int
queued_main(int argc, char **argv)
{
	struct queued q = {.port = ROUTES_PORT,
	    .c = {.cdb = "cdb",
		.jobs = 40,
		.links = 100,
		.ready = -1,
		.finish = {.lifetime = FINISH_LIFETIME, .warn = FINISH_WARN}}};
	struct priv_id manager, send, filter;
	const struct priv_id *id;
	struct start_config start;
	int lock;

	log_start("queued");
	queued_options(argc, argv, &q);
	id = queued_id(&q, "option -u", 0, &manager);
	start.send = queued_id(&q, "option -s", q.send, &send);
	start.filter_as = queued_id(&q, "option -F", q.filter_user, &filter);
	queued_host(&q);
	lock = queued_open(&q);
	if (priv_fork(&q.c.peer) == 0)
		return queued_manage(&q, id, lock);
	queued_close(&q.c.dirs);
	if (q.c.ready >= 0)
		close(q.c.ready);
	queued_start(&q, &start);
	return spawner_run(q.c.peer, &start, q.c.jobs + q.c.links);
}
