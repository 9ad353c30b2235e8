/* SPDX-License-Identifier: ISC */
/* tlsd: the TLS engine. Takes connections from tlswrap by descriptor passing
 * and is the only one that has the keys. */
#include <fcntl.h>
#include <sched.h>
#include <skalibs/sgetopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/un.h>
#include <unistd.h>

#include "log.h"
#include "master.h"
#include "one.h"
#include "tlsreq.h"
#include "unixsock.h"
#include "usage.h"

static const char tlsd_usage[] =
    "usage: tlsd [-r fd] [-u uid:gid] [-R dir] [-w workers] [-c max] "
    "[-t seconds] [-i seconds] [-g seconds] [-k seconds] [-a file] [-d dir] "
    "[-n name] socket\n"
    "       tlsd -1 [-u uid:gid] [-R dir] [-t seconds] [-i seconds] [-a file] "
    "[-d dir] [-n name]\n"
    "The TLS engine for tlswrap; certificates are dir/NAME.pem (key, leaf, "
    "chain).\n"
    "  -1          one connection, its control connection on 0\n"
    "  -r fd       write a newline to fd when ready\n"
    "  -u uid:gid  who the workers become\n"
    "  -R dir      and for this empty folder as their root\n"
    "  -w workers  processes (one for each processor)\n"
    "  -c max      connections for each worker (10000)\n"
    "  -t seconds  for a handshake (30)\n"
    "  -i seconds  without a byte from either side (3600)\n"
    "  -g seconds  for what is left after SIGTERM (60)\n"
    "  -k seconds  a session ticket lives (7200)\n"
    "  -a file     the CA certificates for clients ($CAFILE)\n"
    "  -d dir      where the certificates are ($TLSDIR, or tls)\n"
    "  -n name     the certificate for all other names ($TLSNAME, or "
    "default)\n";

struct tlsd_options {
	int one, ready, drop;
	struct priv_id id;
	struct worker_limits limits;
	size_t workers;
	const char *dir, *name, *root, *clients;
};

static void
tlsd_who(struct tlsd_options *o, const char *what, const char *s)
{
	priv_id_need(what, s, &o->id);
	o->drop = 1;
}

static unsigned int
tlsd_seconds(const char *what, const char *arg, unsigned int least)
{
	return (unsigned int)usage_number(what, arg, least, 86400);
}

static void
tlsd_option(struct tlsd_options *o, int c, const char *arg)
{
	switch (c) {
	case '1':
		o->one = 1;
		return;
	case 'r':
		o->ready = (int)usage_number("option -r", arg, 3, 65535);
		if (fcntl(o->ready, F_SETFD, FD_CLOEXEC) < 0)
			log_diesys(100, "option -r: fd ", arg, (char *)0);
		return;
	case 'u':
		tlsd_who(o, "option -u", arg);
		return;
	case 'R':
		o->root = arg;
		return;
	case 'w':
		o->workers = usage_number("option -w", arg, 1, 256);
		return;
	case 'c':
		o->limits.max = usage_number("option -c", arg, 1, 1000000);
		return;
	case 't':
		o->limits.handshake = tlsd_seconds("option -t", arg, 1);
		return;
	case 'i':
		o->limits.idle = tlsd_seconds("option -i", arg, 1);
		return;
	case 'g':
		o->limits.stop = tlsd_seconds("option -g", arg, 0);
		return;
	case 'k':
		o->limits.ticket = tlsd_seconds("option -k", arg, 1);
		return;
	case 'd':
		o->dir = arg;
		return;
	case 'a':
		o->clients = arg;
		return;
	case 'n':
		o->name = arg;
		return;
	case 'h':
		usage_help(tlsd_usage);
	default:
		usage_die(tlsd_usage);
	}
}

/* What the environment says where there was no option. */
static void
tlsd_env(struct tlsd_options *o)
{
	const char *uid = getenv("TLS_UID"), *gid = getenv("TLS_GID");
	char id[64];

	if (!o->dir && !(o->dir = getenv("TLSDIR")))
		o->dir = "tls";
	if (!o->name && !(o->name = getenv("TLSNAME")))
		o->name = "default";
	if (!o->clients)
		o->clients = getenv("CAFILE");
	if (!tlsreq_host(o->name, strlen(o->name)) ||
	    strlen(o->name) > NAMES_MAX)
		log_die(100, "'", o->name, "' is no host name", (char *)0);
	if (o->drop || !uid)
		return;
	snprintf(id, sizeof id, "%s:%s", uid, gid ? gid : uid);
	tlsd_who(o, "TLS_UID", id);
}

static int
tlsd_dir(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		log_diesys(111, "cannot open the folder ", dir, (char *)0);
	return fd;
}

/* The CA file for clients, or -1. */
static int
tlsd_clients(const char *file)
{
	int fd = file ? open(file, O_RDONLY | O_CLOEXEC) : -1;

	if (file && fd < 0)
		log_diesys(111, "cannot open ", file, (char *)0);
	return fd;
}

/* As many descriptors as the system lets us have; three for a connection. */
static void
tlsd_limit(struct tlsd_options *o)
{
	struct rlimit r;
	size_t room;

	if (getrlimit(RLIMIT_NOFILE, &r) < 0)
		log_diesys(111, "cannot read limits", (char *)0);
	r.rlim_cur = r.rlim_max;
	setrlimit(RLIMIT_NOFILE, &r);
	room = r.rlim_cur > 67 ? (size_t)(r.rlim_cur - 64) / 3 : 1;
	if (o->limits.max > room)
		o->limits.max = room;
}

static int
tlsd_one(struct tlsd_options *o)
{
	const struct one one = {
	    .dir = tlsd_dir(o->dir),
	    .clients = tlsd_clients(o->clients),
	    .name = o->name,
	    .limits = &o->limits,
	    .id = o->drop ? &o->id : 0,
	    .root = o->root,
	};

	o->limits.max = 1;
	return one_serve(&one);
}

static int
tlsd_late(const char *path)
{
	char name[sizeof((struct sockaddr_un *)0)->sun_path + 1];

	snprintf(name, sizeof name, "%s" TLSREQ_LATE, path);
	return unixsock_bind(name, 0660);
}

static int
tlsd_serve(struct tlsd_options *o, const char *path)
{
	static struct master m;
	cpu_set_t cpus;
	size_t i;

	if (!o->workers)
		o->workers = sched_getaffinity(0, sizeof cpus, &cpus) == 0
		    ? (size_t)CPU_COUNT(&cpus)
		    : 1;
	tlsd_limit(o);
	m.folder.dir = tlsd_dir(o->dir);
	m.listener = unixsock_listen(path, 0660);
	m.late = tlsd_late(path);
	m.ready = o->ready;
	m.name = o->name;
	m.clients = tlsd_clients(o->clients);
	m.limits = o->limits;
	m.id = o->drop ? &o->id : 0;
	m.root = o->root;
	m.pairs = o->workers;
	if (!(m.pair = calloc(m.pairs, sizeof *m.pair)))
		log_diesys(111, "no memory", (char *)0);
	for (i = 0; i < m.pairs; i++)
		m.pair[i].fd = m.pair[i].keys = -1;
	priv_drop(0, 0); /* no core dumps here either */
	return master_run(&m);
}

int
main(int argc, char **argv)
{
	struct tlsd_options o = {.ready = -1,
	    .limits = {.max = 10000,
		.handshake = 30,
		.idle = 3600,
		.stop = 60,
		.ticket = 7200}};
	subgetopt opt = SUBGETOPT_ZERO;
	int c;

	log_start("tlsd");
	opt.err = 0;
	while ((c = subgetopt_r(argc, (char const *const *)argv,
		    "1r:u:R:w:c:t:i:g:k:a:d:n:h", &opt)) != -1)
		tlsd_option(&o, c, opt.arg);
	argv += opt.ind;
	if (argc - opt.ind != !o.one)
		usage_die(tlsd_usage);
	tlsd_env(&o);
	return o.one ? tlsd_one(&o) : tlsd_serve(&o, argv[0]);
}
