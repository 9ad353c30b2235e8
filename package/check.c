/* SPDX-License-Identifier: ISC */
/* postern check: is this instance set up right? A line for each thing that was
 * looked at: ok, warning or error, and the remedy. */
#include <errno.h>
#include <glob.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "package/check.h"
#include "package/command.h"
#include "package/imap.h"
#include "package/ports.h"
#include "package/say.h"
#include "package/up.h"
#include "package/verbs.h"
#include "rules.h"

enum { CHECK_FREE_PERCENT = 5 };

void
check_say(struct check *c, const char *level, const char *fmt, ...)
{
	va_list ap;

	if (strcmp(level, "error") == 0)
		c->errors++;
	printf("%s ", level);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

/* Every rule source, by cdbrules check. Its own words come first. */
static void
check_rules(struct check *c, const char *type, const char *file)
{
	int result = command_check(&c->i, type, file);

	if (result == 0)
		check_say(c, "ok", "etc/%s", file);
	else if (result == 1)
		check_say(c, "warning", "etc/%s: see above", file);
	else
		check_say(
		    c, "error", "etc/%s does not compile: see above", file);
}

/* Compiled rules must not be older than their source. */
static void
check_compiled(struct check *c, const char *source, const char *compiled)
{
	struct stat from, to;

	if (stat(instance_path(&c->i, "etc/%s", source), &from) < 0 ||
	    stat(instance_path(&c->i, "cdb/%s.cdb", compiled), &to) < 0)
		check_say(c, "error", "cdb/%s.cdb: %s: run make in %s",
		    compiled, strerror(errno), c->i.dir);
	else if (from.st_mtime > to.st_mtime)
		check_say(c, "warning",
		    "etc/%s is newer than what runs: run make in %s", source,
		    c->i.dir);
}

/* Compiled rules must be whole, to the last bit. */
static void
check_whole(struct check *c, const char *type, const char *compiled)
{
	struct rules *r =
	    rules_open(instance_path(&c->i, "cdb/%s.cdb", compiled), type);

	if (!r || rules_whole(r) < 0)
		check_say(c, "error",
		    "cdb/%s.cdb: %s: remove it and run make in %s", compiled,
		    errno == EPROTO ? "damaged, or of another type or version"
				    : strerror(errno),
		    c->i.dir);
	rules_close(r);
}

/* No bit of FORBIDDEN in the mode of FILE. */
static void
check_mode(struct check *c, const char *file, mode_t forbidden)
{
	struct stat st;

	if (stat(instance_path(&c->i, "%s", file), &st) < 0)
		check_say(c, "error", "%s: %s", file, strerror(errno));
	else if (st.st_mode & forbidden)
		check_say(c, "error",
		    "%s has mode %o, others can reach it: chmod %o", file,
		    st.st_mode & 0777, st.st_mode & 0777 & ~forbidden);
	else
		check_say(c, "ok", "%s is private", file);
}

/* Every bundle, by certtool check, whose lines have the same form. */
static void
check_certificates(struct check *c)
{
	const char *tls = instance_path(&c->i, "tls/");
	char host[INSTANCE_TEXT];
	char *argv[] = {(char *)"certtool", (char *)"check", (char *)"--dir",
	    c->i.dir, (char *)"--host", host, 0};
	size_t k, n;
	glob_t g;

	if (glob(instance_path(&c->i, "tls/*.pem"), 0, 0, &g) != 0)
		check_say(c, "error", "certificate: there is none in %s", tls);
	else
		for (k = 0; k < g.gl_pathc; k++) {
			n = strlen(g.gl_pathv[k] + strlen(tls)) - 4;
			if (strcmp(g.gl_pathv[k] + strlen(tls), "ca.pem") ==
				0 ||
			    n >= sizeof host)
				continue;
			memcpy(host, g.gl_pathv[k] + strlen(tls), n);
			host[n] = 0;
			printf("certificate of %s:\n", host);
			if (command_run(argv) > 1)
				c->errors++;
		}
	globfree(&g);
	if (access(instance_path(&c->i, "tls/%s.pem", c->i.host), F_OK) < 0)
		check_say(c, "error",
		    "certificate: %s has none: certtool "
		    "request --dir %s",
		    c->i.host, c->i.dir);
}

/* Does what clients are shown come from the file? */
static void
check_served(struct check *c)
{
	char target[INSTANCE_TEXT + 8],
	    *argv[] = {(char *)"certtool", (char *)"check", (char *)"--served",
		(char *)"--dir", c->i.dir, target, 0};
	const char *host = c->i.address;

	if (strcmp(host, "0.0.0.0") == 0)
		host = "127.0.0.1";
	else if (strcmp(host, "::") == 0)
		host = "::1";
	snprintf(target, sizeof target, "[%s]:%u", host, 995 + c->i.offset);
	if (command_run(argv) > 1)
		c->errors++;
}

/* May a stranger send to others through us? Asks relaycheck as smtpd does. */
static void
check_relay(struct check *c)
{
	static const char script[] =
	    "for client in 198.51.100.1 2001:db8::1; do\n"
	    "for sender in probe@postern-check.invalid postmaster@\"$2\" ''; do\n"
	    "case $(printf '%s\\n' request=smtpd_access_policy "
	    "protocol_state=RCPT client_address=$client sender=$sender "
	    "recipient=probe@postern-check.invalid '' |"
	    " relaycheck -c \"$1\" 2>/dev/null) in\n"
	    "action=5*) ;;\naction=[OD]*) exit 1 ;;\n*) exit 2 ;;\nesac\n"
	    "done\ndone";
	char *argv[] = {(char *)"sh", (char *)"-c", (char *)script,
	    (char *)"check", (char *)instance_path(&c->i, "cdb"), c->i.domain,
	    0};

	switch (command_run(argv)) {
	case 0:
		check_say(c, "ok", "no open relay");
		break;
	case 1:
		check_say(c, "error",
		    "open relay: a stranger can send to others: correct "
		    "etc/relay and run make in %s",
		    c->i.dir);
		break;
	default:
		check_say(c, "error",
		    "whether this is an open relay could not be found out: "
		    "relaycheck -c %s/cdb tells why",
		    c->i.dir);
	}
}

static void
check_port(struct check *c, const struct service *s, int up)
{
	unsigned int port = s->port + c->i.offset;
	int is_free = ports_free(&c->i, port);

	if (is_free < 0)
		check_say(c, "error", "port %u (%s): %s", port, s->name,
		    strerror(errno));
	else if (up && is_free)
		check_say(
		    c, "error", "port %u (%s): nobody listens", port, s->name);
	else if (!up && !is_free)
		check_say(c, "error",
		    "port %u (%s) is in use by another program", port, s->name);
	else
		check_say(c, "ok", "port %u (%s)", port, s->name);
}

static void
check_imap(struct check *c)
{
	char path[INSTANCE_PATH];
	unsigned int mode;

	if (c->i.imap && imap_barred(&c->i, path, &mode))
		check_say(c, "error",
		    "imap: the owner of the mailboxes cannot pass %s "
		    "(mode %o), which Dovecot needs: chmod o+x",
		    path, mode);
}

static void
check_disk(struct check *c)
{
	struct statvfs f;

	if (statvfs(c->i.dir, &f) < 0)
		check_say(c, "error", "disk: %s", strerror(errno));
	else if (f.f_bavail < f.f_blocks / (100 / CHECK_FREE_PERCENT))
		check_say(c, "warning", "disk: less than %d %% is free",
		    CHECK_FREE_PERCENT);
	else
		check_say(c, "ok", "disk");
}

int
verb_check(int argc, char **argv)
{
	static const struct {
		const char *type, *source, *compiled;
	} rules[] = {{"domains", "domains", "domains"},
	    {"users", "users", "users"}, {"mailboxes", "users", "mailboxes"},
	    {"groups", "groups", "groups"}, {"aliases", "aliases", "aliases"},
	    {"relay", "relay", "relay"}, {"routes", "routes", "routes"},
	    {"ip", "ip.smtp", "ip.smtp"},
	    {"ip", "ip.submission", "ip.submission"},
	    {"ip", "ip.pop3", "ip.pop3"}, {"ip", "ip.imap", "ip.imap"}};
	static struct check c;
	const struct service *s;
	char bin[INSTANCE_PATH];
	size_t k;
	int up;

	if (argc != 2)
		die(100, "usage: postern check DIR");
	instance_need(&c.i, argv[1]);
	command_path(bin);
	for (k = 0; k < sizeof rules / sizeof *rules; k++) {
		if (!c.i.imap && strcmp(rules[k].source, "ip.imap") == 0)
			continue;
		if (strcmp(rules[k].type, "mailboxes") != 0)
			check_rules(&c, rules[k].type, rules[k].source);
		check_compiled(&c, rules[k].source, rules[k].compiled);
		check_whole(&c, rules[k].type, rules[k].compiled);
	}
	check_mode(&c, "etc/users", 0077);
	check_mode(&c, "cdb/users.cdb", 0077);
	check_certificates(&c);
	check_relay(&c);
	check_imap(&c);
	up = up_all_ready(&c.i);
	check_say(&c, up ? "ok" : "warning",
	    up ? "every service is ready" : "not every service is up");
	for (s = instance_next(&c.i, 0); s; s = instance_next(&c.i, s))
		if (s->port)
			check_port(&c, s, up);
	if (up) {
		check_served(&c);
		check_out(&c);
	}
	check_dns(&c);
	check_mx(&c);
	check_disk(&c);
	return c.errors ? 1 : 0;
}
