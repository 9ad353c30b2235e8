/* SPDX-License-Identifier: ISC */
/* postern init: makes a new instance. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "address.h"
#include "ip.h"
#include "package/acme.h"
#include "package/command.h"
#include "package/imap.h"
#include "package/instance.h"
#include "package/layout.h"
#include "package/say.h"
#include "package/verbs.h"

enum { INIT_UID_BASE = 60601 };

static const struct option init_options[] = {{"domain", 1, 0, 'd'},
    {"host", 1, 0, 'n'}, {"port-offset", 1, 0, 'p'}, {"listen", 1, 0, 'l'},
    {"uid-base", 1, 0, 'u'}, {"acme", 0, 0, 'a'}, {"acme-url", 1, 0, 'U'},
    {"acme-email", 1, 0, 'e'}, {"acme-dns", 1, 0, 'D'}, {"imap", 0, 0, 'i'},
    {0, 0, 0, 0}};

static unsigned int
init_number(const char *what, const char *s, unsigned long max)
{
	char *end;
	unsigned long n = strtoul(s, &end, 10);

	if (*s < '0' || *s > '9' || *end || n > max)
		die(100, "%s: '%s' is no number up to %lu", what, s, max);
	return (unsigned int)n;
}

static void
init_name(char *to, const char *what, const char *name)
{
	size_t i;

	if (strlen(name) >= INSTANCE_TEXT ||
	    !address_domain_valid(name, strlen(name), 0))
		die(100, "%s: '%s' is no name of a domain or host", what, name);
	for (i = 0; name[i]; i++)
		to[i] = name[i] >= 'A' && name[i] <= 'Z'
		    ? (char)(name[i] + ('a' - 'A'))
		    : name[i];
	to[i] = 0;
}

static void
init_arguments(struct instance *n, struct acme_settings *a, const char **dir,
    int argc, char **argv)
{
	unsigned int base = INIT_UID_BASE, r;
	struct ip ip;
	int c;

	while ((c = getopt_long(argc, argv, "", init_options, 0)) != -1)
		switch (c) {
		case 'd':
			init_name(n->domain, "--domain", optarg);
			break;
		case 'n':
			init_name(n->host, "--host", optarg);
			break;
		case 'p':
			n->offset = init_number("--port-offset", optarg, 60000);
			break;
		case 'l':
			if (!ip_scan(optarg, &ip))
				die(100, "--listen: '%s' is no address",
				    optarg);
			snprintf(n->address, sizeof n->address, "%s", optarg);
			break;
		case 'a':
			a->wanted = 1;
			break;
		case 'U':
			a->url = optarg;
			break;
		case 'e':
			a->email = optarg;
			break;
		case 'D':
			a->dns = optarg;
			break;
		case 'i':
			n->imap = imap_engine() != 0;
			break;
		case 'u':
			base = init_number("--uid-base", optarg, 2000000000);
			break;
		default:
			exit(100);
		}
	if (argc - optind != 1 || !*n->domain)
		die(100,
		    "usage: postern init DIR --domain NAME [--host NAME] "
		    "[--port-offset N] [--listen ADDRESS] [--uid-base N] "
		    "[--imap] [--acme]");
	*dir = argv[optind];
	if (!*n->host)
		snprintf(n->host, sizeof n->host, "mail.%.248s", n->domain);
	n->roles = geteuid() == 0;
	if (n->roles && base == 0)
		die(100, "--uid-base: no role may be root");
	for (r = 0; r < INSTANCE_ROLES; r++)
		n->role[r].uid = n->role[r].gid = base + r;
}

/* Every address of the machine; IPv6 where the kernel has it. */
static void
init_listen(struct instance *n)
{
	if (!*n->address)
		strcpy(n->address,
		    access("/proc/net/if_inet6", F_OK) == 0 ? "::" : "0.0.0.0");
}

static void
init_file(void *to, const struct layout_file *f)
{
	const struct instance *n = to;

	layout_write(n, f);
	layout_made(n, f);
}

static void
init_files(struct instance *n)
{
	const struct service *s;

	for (s = instance_next(n, 0); s; s = instance_next(n, s))
		layout_service(n, s->name);
	layout_files(n, init_file, n);
}

static void
init_certificate(const struct instance *n)
{
	char bundle[INSTANCE_PATH], ca[INSTANCE_PATH];
	char *argv[] = {(char *)"certtool", (char *)"selfsigned", (char *)"-o",
	    bundle, (char *)"-c", ca, (char *)n->host, 0};

	snprintf(bundle, sizeof bundle, "%s",
	    instance_path(n, "tls/%s.pem", n->host));
	snprintf(ca, sizeof ca, "%s", instance_path(n, "tls/ca.pem"));
	if (command_run(argv) != 0)
		die(111, "cannot make a certificate for %s", n->host);
	if (n->roles &&
	    chown(bundle, n->role[ROLE_TLS].uid, n->role[ROLE_TLS].gid) < 0)
		die_sys(111, "cannot give away %s", bundle);
}

/* Leaves no folder behind where Dovecot could not serve from. */
static void
init_imap(const struct instance *n)
{
	char path[INSTANCE_PATH];
	unsigned int mode;

	if (!n->imap || !imap_barred(n, path, &mode))
		return;
	rmdir(n->dir);
	die(100,
	    "--imap: the owner of the mailboxes cannot pass %s (mode %o), "
	    "which Dovecot needs: choose another place",
	    path, mode);
}

int
verb_init(int argc, char **argv)
{
	static struct instance n;
	struct acme_settings acme = {0};
	char bin[INSTANCE_PATH];
	const char *dir;

	init_arguments(&n, &acme, &dir, argc, argv);
	acme_check(&acme, &n);
	init_listen(&n);
	n.out = INSTANCE_MTASTS;
	if (access(INSTANCE_ANCHORS, R_OK) == 0)
		n.out |= INSTANCE_DNSSEC;
	umask(022);
	if (mkdir(dir, 0755) < 0) {
		if (errno == EEXIST)
			die(100, "%s exists already: nothing changed", dir);
		die_sys(errno == ENOENT ? 100 : 111, "cannot make %s", dir);
	}
	instance_absolute(n.dir, dir);
	init_imap(&n);
	layout_folders(&n);
	acme_make(&acme, &n);
	init_files(&n);
	command_path(bin);
	if (symlink(bin, instance_path(&n, "bin")) < 0)
		die_sys(111, "cannot link %s/bin", n.dir);
	init_certificate(&n);
	command_make(&n);
	printf("%s: instance for %s as host %s%s\n", dir, n.domain, n.host,
	    n.out & INSTANCE_DNSSEC
		? ""
		: ", without DANE: there is no " INSTANCE_ANCHORS
		  " (package dns-root-data)");
	return 0;
}
