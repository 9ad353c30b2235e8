/* SPDX-License-Identifier: ISC */
/* tcplisten: one process for each TCP connection. */
#include "tcplisten.h"

#include <fcntl.h>
#include <skalibs/sgetopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chain.h"
#include "image.h"
#include "log.h"
#include "priv.h"
#include "socket.h"
#include "ucspi.h"
#include "usage.h"

static const char tcplisten_usage[] =
    "usage: tcplisten [-r fd] [-c max] [-b backlog] [-u uid:gid] "
    "addresses ports next...\n"
    "       tcplisten [-r fd] [-c max] [-u uid:gid] -f fds | -s next...\n"
    "Runs next... for each TCP connection, the client on 0 and 1.\n"
    "  -r fd       write a newline to fd when ready\n"
    "  -c max      at most max sessions at once (100)\n"
    "  -b backlog  connections that may wait meanwhile (4096)\n"
    "  -u uid:gid  give up root once the ports are open\n"
    "  -f fds      descriptors that listen already\n"
    "  -s          the sockets that systemd hands over\n"
    "addresses: IPv4, IPv6 or names, with commas between; 0 is any IPv4, :: "
    "any\n"
    "ports:     numbers or names, with commas between\n";

struct tcplisten_options {
	int ready; /* or -1 */
	size_t max;
	int backlog;
	const char *fds; /* or null */
	int systemd;
	int drop;
	struct priv_id id;
};

enum { TCPLISTEN_TEXTS = 2048 };

int tcplisten_main(int, char **);

static void
tcplisten_option(struct tcplisten_options *o, int c, const char *arg)
{
	switch (c) {
	case 'r':
		o->ready = (int)usage_number("option -r", arg, 3, 65535);
		if (fcntl(o->ready, F_GETFD) < 0)
			log_diesys(100, "option -r: fd ", arg, (char *)0);
		return;
	case 'c':
		o->max = usage_number("option -c", arg, 1, 100000);
		return;
	case 'b':
		o->backlog = (int)usage_number("option -b", arg, 1, 65535);
		return;
	case 'f':
		o->fds = arg;
		return;
	case 's':
		o->systemd = 1;
		return;
	case 'u':
		priv_id_need("option -u", arg, &o->id);
		o->drop = 1;
		return;
	case 'h':
		usage_help(tcplisten_usage);
	default:
		usage_die(tcplisten_usage);
	}
}

/* Descriptors 0 to 2 must be open, or a socket might become one of them. */
static void
tcplisten_stdfds(void)
{
	int fd;

	while ((fd = open("/dev/null", O_RDWR)) >= 0 && fd <= 2)
		;
	if (fd < 0)
		log_diesys(111, "cannot open /dev/null", (char *)0);
	close(fd);
}

/* An environment in which CONNID is a text that can be rewritten in place. A
 * child adds much to it: there is a hole in the heap for the texts, so that the
 * list of them, behind it, can grow where it is. */
static char *
tcplisten_env(void)
{
	static char connid[sizeof "CONNID=" + LOG_CONNID] = "CONNID=";
	char *texts = malloc(TCPLISTEN_TEXTS);

	ucspi_env_clear();
	if (!texts || putenv(connid) != 0)
		log_diesys(111, "no memory", (char *)0);
	free(texts);
	return connid + strlen("CONNID=");
}

static void
tcplisten_ready(int fd)
{
	if (fd < 0)
		return;
	if (write(fd, "\n", 1) != 1)
		log_diesys(111, "cannot write to the fd of -r", (char *)0);
	close(fd);
}

/* Opens or takes over what to listen on. The arguments that are left. */
static char **
tcplisten_sockets(
    struct sockets *s, const struct tcplisten_options *o, int argc, char **argv)
{
	int handed = (o->fds != 0) + o->systemd;
	size_t i;

	if (handed > 1 || argc < (handed ? 1 : 3))
		usage_die(tcplisten_usage);
	tcplisten_stdfds();
	if (o->fds)
		sockets_take(s, o->fds);
	else if (o->systemd)
		sockets_systemd(s);
	else
		sockets_bind(s, argv[0], argv[1], o->backlog);
	if (handed) /* one of 0 to 2 may have been taken */
		tcplisten_stdfds();
	for (i = 0; i < s->n; i++)
		socket_log(s->fd[i]);
	return handed ? argv : argv + 2;
}

int
tcplisten_main(int argc, char **argv)
{
	struct tcplisten_options o = {.ready = -1, .max = 100, .backlog = 4096};
	static struct tcplisten l; /* children do not have our stack */
	subgetopt opt = SUBGETOPT_ZERO;
	int c;

	log_start("tcplisten");
	argv = image_begin(argc, argv);
	opt.err = 0;
	while ((c = subgetopt_r(argc, (char const *const *)argv, "r:c:b:u:f:sh",
		    &opt)) != -1)
		tcplisten_option(&o, c, opt.arg);

	l.next =
	    tcplisten_sockets(&l.sockets, &o, argc - opt.ind, argv + opt.ind);
	l.connid = tcplisten_env();
	children_init(&l.children, o.max);
	tcplisten_signals(&l);
	if (chain_calls(*l.next))
		image_share();
	if (o.drop)
		priv_drop(&o.id, 0);
	tcplisten_ready(o.ready);
	tcplisten_serve(&l);
	return 0;
}
