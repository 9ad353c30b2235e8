/* SPDX-License-Identifier: ISC */
/* dnssecd: answers questions to the DNS by what DNSSEC proves. Two processes:
 * libunbound's speaks with the servers, this one with the clients; both have the
 * same few rights. */
#include <fcntl.h>
#include <skalibs/sgetopt.h>
#include <stdlib.h>
#include <unistd.h>

#include "log.h"
#include "priv.h"
#include "service.h"
#include "tlswrap/sandbox.h"
#include "unixsock.h"
#include "usage.h"
#include "validator.h"

static const char dnssecd_usage[] =
    "usage: dnssecd [-r fd] [-u uid:gid] [-R dir] [-c clients] [-f servers]\n"
    "               [-i domain] [-k file] [-m mode] [-t seconds] socket\n"
    "Answers questions to the DNS with what DNSSEC says of the answer.\n"
    "  -r fd       write a newline to fd when ready\n"
    "  -u uid:gid  who to become\n"
    "  -R dir      and this empty folder as the root\n"
    "  -c clients  at a time (200)\n"
    "  -f servers  to ask; root: those of each zone ($DNSCACHEIP, or those of\n"
    "              /etc/resolv.conf)\n"
    "  -i domain   nothing below it is signed; several may be given\n"
    "  -k file     the keys to trust (/usr/share/dns/root.key)\n"
    "  -m mode     of the socket (660)\n"
    "  -t seconds  for an answer (20)\n";

enum { DNSSECD_UNSIGNED = 32 };

struct dnssecd {
	int ready, drop;
	struct priv_id id;
	const char *root, *keys, *servers;
	const char *without[DNSSECD_UNSIGNED]; /* domains without DNSSEC */
	size_t n;
	mode_t mode;
	struct service_config service;
};

static void
dnssecd_ready(struct dnssecd *d, const char *arg)
{
	d->ready = (int)usage_number("option -r", arg, 3, 65535);
	if (fcntl(d->ready, F_SETFD, FD_CLOEXEC) < 0)
		log_diesys(100, "option -r: fd ", arg, (char *)0);
}

static void
dnssecd_mode(struct dnssecd *d, const char *arg)
{
	char *end;
	unsigned long mode = strtoul(arg, &end, 8);

	if (!*arg || *end || mode > 0777)
		log_die(100, "option -m: '", arg, "' is no mode", (char *)0);
	d->mode = (mode_t)mode;
}

static void
dnssecd_option(struct dnssecd *d, int c, const char *arg)
{
	switch (c) {
	case 'r':
		dnssecd_ready(d, arg);
		break;
	case 'u':
		priv_id_need("option -u", arg, &d->id);
		d->drop = 1;
		break;
	case 'R':
		d->root = arg;
		break;
	case 'c':
		d->service.clients = usage_number("option -c", arg, 1, 900);
		break;
	case 'f':
		d->servers = arg;
		break;
	case 'i':
		if (d->n == DNSSECD_UNSIGNED)
			log_die(100, "option -i: too many", (char *)0);
		d->without[d->n++] = arg;
		break;
	case 'k':
		d->keys = arg;
		break;
	case 'm':
		dnssecd_mode(d, arg);
		break;
	case 't':
		d->service.seconds =
		    (unsigned int)usage_number("option -t", arg, 1, 3600);
		break;
	case 'h':
		usage_help(dnssecd_usage);
	default:
		usage_die(dnssecd_usage);
	}
}

/* The name of the socket. */
static const char *
dnssecd_options(struct dnssecd *d, int argc, char **argv)
{
	subgetopt o = SUBGETOPT_ZERO;
	int c;

	o.err = 0;
	while ((c = subgetopt_r(argc, (char const *const *)argv,
		    "r:u:R:c:f:i:k:m:t:h", &o)) != -1)
		dnssecd_option(d, c, o.arg);
	if (argc - o.ind != 1)
		usage_die(dnssecd_usage);
	if (!d->servers)
		d->servers = getenv("DNSCACHEIP");
	return argv[o.ind];
}

/* Clients can connect. The resolver's process must not hold FD. */
static void
dnssecd_say_ready(int fd)
{
	if (fd < 0)
		return;
	if (write(fd, "\n", 1) < 0)
		log_diesys(111, "cannot say that it is ready", (char *)0);
	close(fd);
}

int
main(int argc, char **argv)
{
	struct dnssecd d = {.ready = -1,
	    .keys = "/usr/share/dns/root.key",
	    .mode = 0660,
	    .service = {.clients = 200, .seconds = 20}};
	struct validator *v;
	const char *path;

	log_start("dnssecd");
	path = dnssecd_options(&d, argc, argv);
	v = validator_new(d.keys, d.servers, service_answer);
	while (d.n > 0)
		validator_unsigned(v, d.without[--d.n]);
	d.service.listener = unixsock_listen(path, d.mode);
	priv_drop(d.drop ? &d.id : 0, d.root);
	sandbox_enter(SANDBOX_RESOLVER);
	dnssecd_say_ready(d.ready);
	validator_start(v);
	return service_run(&d.service, v);
}
