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
#include "package/files.h"
#include "package/imap.h"
#include "package/instance.h"
#include "package/say.h"
#include "package/templates.h"
#include "package/verbs.h"

enum { INIT_UID_BASE = 60601 };

/* The keys that dnssecd trusts; without them there is no DANE. */
#define INIT_ANCHORS "/usr/share/dns/root.key"

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
		    "[--port-offset N] [--listen ADDRESS] [--acme] "
		    "[--imap]");
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
init_put_roles(FILE *f, const struct instance *n)
{
	unsigned int r;

	for (r = 0; n->roles && r < INSTANCE_ROLES; r++)
		fprintf(f, "role_%s=%u:%u\n", instance_role_name(r),
		    n->role[r].uid, n->role[r].gid);
}

static const struct priv_id *
init_role(const struct instance *n, const char *name, size_t len)
{
	unsigned int r;

	for (r = 0; r < INSTANCE_ROLES; r++)
		if (strlen(instance_role_name(r)) == len &&
		    strncmp(instance_role_name(r), name, len) == 0)
			return &n->role[r];
	die(111, "template: no role %.*s", (int)len, name);
}

/* Writes what the LEN bytes at NAME, between two @, stand for. */
static void
init_fill(FILE *f, const struct instance *n, const char *service,
    const char *name, size_t len)
{
	const struct priv_id *id;

	if (len == 4 && strncmp(name, "HOST", len) == 0)
		fputs(n->host, f);
	else if (len == 6 && strncmp(name, "DOMAIN", len) == 0)
		fputs(n->domain, f);
	else if (len == 7 && strncmp(name, "ADDRESS", len) == 0)
		fputs(n->address, f);
	else if (len == 4 && strncmp(name, "IMAP", len) == 0)
		fputs(imap_engine(), f);
	else if (len == 6 && strncmp(name, "OFFSET", len) == 0)
		fprintf(f, "%u", n->offset);
	else if (len == 7 && strncmp(name, "SERVICE", len) == 0)
		fputs(service, f);
	else if (len == 5 && strncmp(name, "ROLES", len) == 0)
		init_put_roles(f, n);
	else if (len == 3 && strncmp(name, "OUT", len) == 0)
		fprintf(f, "%s%s",
		    n->out & INSTANCE_DNSSEC ? " -D run/dns/dnssecd.sock" : "",
		    n->out & INSTANCE_MTASTS ? " -M run/mtasts/mtasts.sock"
					     : "");
	else if (len == 5 && strncmp(name, "EMPTY", len) == 0)
		fputs(n->roles ? " -R run/empty" : "", f);
	else if (len == 4 && strncmp(name, "DKIM", len) == 0) {
		if (n->roles)
			fprintf(f, "-F %u:%u", n->role[ROLE_DKIM].uid,
			    n->role[ROLE_QUEUE].gid);
	} else if (len == 4 && strncmp(name, "SEND", len) == 0) {
		id = &n->role[ROLE_SEND];
		if (n->roles)
			fprintf(f, " -s %u:%u", id->uid, id->gid);
	} else if (strncmp(name, "PORT:", 5) == 0)
		fprintf(f, "%u", n->offset + (unsigned int)atoi(name + 5));
	else if (strncmp(name, "ROLE:", 5) == 0) {
		id = init_role(n, name + 5, len - 5);
		if (n->roles)
			fprintf(f, " -u %u:%u", id->uid, id->gid);
	} else if (strncmp(name, "AS:", 3) == 0) {
		id = init_role(n, name + 3, len - 3);
		if (n->roles)
			fprintf(f, " s6-applyuidgid -u %u -g %u -G ''", id->uid,
			    id->gid);
	} else
		fprintf(f, "@%.*s@", (int)len, name);
}

static void
init_write(const struct instance *n, const struct template *t,
    const char *service, const char *path)
{
	const char *s = t->text, *at, *end;
	FILE *f = files_start(path, t->program ? 0755 : 0644);

	while ((at = strchr(s, '@'))) {
		fwrite(s, 1, (size_t)(at - s), f);
		end = at + 1 +
		    strspn(at + 1,
			"ABCDEFGHIJKLMNOPQRSTUVWXYZ:"
			"abcdefghijklmnopqrstuvwxyz"
			"0123456789");
		if (end > at + 1 && *end == '@') {
			init_fill(
			    f, n, service, at + 1, (size_t)(end - at - 1));
			s = end + 1;
		} else {
			fputc('@', f);
			s = at + 1;
		}
	}
	fputs(s, f);
	files_finish(f, path);
}

static void
init_folders(const struct instance *n)
{
	static const struct {
		const char *name;
		mode_t mode;
		int uid, gid; /* role, or -1: whoever runs this */
	} folder[] = {{"etc", 0755, -1, -1}, {"cdb", 0750, -1, ROLE_QUEUE},
	    {"tls", 0750, -1, ROLE_TLS}, {"run", 0755, -1, -1},
	    {"run/empty", 0755, -1, -1}, {"run/limits", 0700, -1, -1},
	    {"run/relay", 0700, -1, -1}, {"run/dns", 0750, -1, ROLE_SEND},
	    {"run/mtasts", 0750, ROLE_STS, ROLE_SEND},
	    {"mtasts", 0700, ROLE_STS, ROLE_STS}, {"queue", 0755, -1, -1},
	    {"queue/incoming", 02770, ROLE_SMTP, ROLE_QUEUE},
	    {"queue/active", 0700, ROLE_QUEUE, ROLE_QUEUE},
	    {"queue/state", 0700, ROLE_QUEUE, ROLE_QUEUE},
	    {"queue/failed", 0700, ROLE_QUEUE, ROLE_QUEUE},
	    {"queue/full", 0711, ROLE_QUEUE, ROLE_QUEUE},
	    {"mail", 0755, -1, -1}, {"log", 0755, -1, -1},
	    {"service", 0755, -1, -1}};
	struct priv_id id;
	size_t k;

	for (k = 0; k < sizeof folder / sizeof *folder; k++) {
		id.uid =
		    folder[k].uid < 0 ? geteuid() : n->role[folder[k].uid].uid;
		id.gid =
		    folder[k].gid < 0 ? getegid() : n->role[folder[k].gid].gid;
		files_folder(instance_path(n, "%s", folder[k].name),
		    n->roles ? folder[k].mode : folder[k].mode & 0755,
		    n->roles ? &id : 0);
	}
}

/* A service or a log says that it is ready on descriptor 3. */
static void
init_readiness(const char *path)
{
	FILE *f = files_start(path, 0644);

	fputs("3\n", f);
	files_finish(f, path);
}

static void
init_service(const struct instance *n, const char *name)
{
	files_folder(instance_path(n, "service/%s", name), 0755, 0);
	files_folder(instance_path(n, "service/%s/log", name), 0755, 0);
	files_folder(instance_path(n, "log/%s", name), 0750,
	    n->roles ? &n->role[ROLE_LOG] : 0);
	init_readiness(instance_path(n, "service/%s/notification-fd", name));
	init_readiness(
	    instance_path(n, "service/%s/log/notification-fd", name));
}

/* 1 if the template PATH is for what N does, else 0. */
static int
init_wants(const struct instance *n, const char *path)
{
	if (strncmp(path, "service/imap", 12) == 0 ||
	    strcmp(path, "etc/ip.imap") == 0 ||
	    strcmp(path, "etc/dovecot.conf") == 0)
		return n->imap;
	if (strncmp(path, "service/dnssecd/", 16) == 0)
		return (n->out & INSTANCE_DNSSEC) != 0;
	if (strncmp(path, "service/acme-http/", 18) == 0)
		return n->acme == 2;
	return n->acme ||
	    (strncmp(path, "service/acme/", 13) != 0 &&
		strcmp(path, "etc/acme-hook") != 0);
}

static void
init_files(const struct instance *n)
{
	const struct template *t;
	const struct service *s;

	for (s = instance_next(n, 0); s; s = instance_next(n, s))
		init_service(n, s->name);
	for (t = templates; t->path; t++) {
		if (!init_wants(n, t->path))
			continue;
		if (strcmp(t->path, "log-run") != 0) {
			init_write(n, t, "", instance_path(n, "%s", t->path));
			continue;
		}
		for (s = instance_next(n, 0); s; s = instance_next(n, s))
			init_write(n, t, s->name,
			    instance_path(n, "service/%s/log/run", s->name));
	}
	if (chmod(instance_path(n, "etc/users"), 0600) < 0)
		die_sys(111, "cannot protect etc/users");
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
	if (access(INIT_ANCHORS, R_OK) == 0)
		n.out |= INSTANCE_DNSSEC;
	umask(022);
	if (mkdir(dir, 0755) < 0) {
		if (errno == EEXIST)
			die(100, "%s exists already: nothing changed", dir);
		die_sys(errno == ENOENT ? 100 : 111, "cannot make %s", dir);
	}
	instance_absolute(n.dir, dir);
	init_imap(&n);
	init_folders(&n);
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
		: ", without DANE: there is no " INIT_ANCHORS
		  " (package dns-root-data)");
	return 0;
}
