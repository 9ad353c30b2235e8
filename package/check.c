/* SPDX-License-Identifier: ISC */
/* postern check: is this instance set up right? A line for each thing that was
 * looked at: ok, warning or error, and the remedy. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "package/command.h"
#include "package/instance.h"
#include "package/ports.h"
#include "package/say.h"
#include "package/up.h"
#include "package/verbs.h"
#include "rules.h"

enum { CHECK_FREE_PERCENT = 5 };

struct check {
	struct instance i;
	int errors;
};

static void check_say(struct check *c, const char *level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void
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
	const char *path = instance_path(&c->i, "etc/%s", file);
	const char *cdb = instance_path(&c->i, "cdb");
	char command[INSTANCE_PATH];
	char *argv[] = {(char *)"sh", (char *)"-c", command, (char *)"check",
	    (char *)path, (char *)cdb, 0};
	int result;

	snprintf(command, sizeof command,
	    "cdbrules check -w -c \"$2\" -f \"$1\" %s < \"$1\"", type);
	result = command_run(argv);
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
	    {"ip", "ip.pop3", "ip.pop3"}};
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
		if (strcmp(rules[k].type, "mailboxes") != 0)
			check_rules(&c, rules[k].type, rules[k].source);
		check_compiled(&c, rules[k].source, rules[k].compiled);
		check_whole(&c, rules[k].type, rules[k].compiled);
	}
	check_mode(&c, "etc/users", 0077);
	check_mode(&c, "cdb/users.cdb", 0077);
	check_mode(&c,
	    instance_path(&c.i, "tls/%s.pem", c.i.host) + strlen(c.i.dir) + 1,
	    0077);
	up = up_all_ready(&c.i);
	check_say(&c, up ? "ok" : "warning",
	    up ? "every service is ready" : "not every service is up");
	for (s = instance_next(&c.i, 0); s; s = instance_next(&c.i, s))
		if (s->port)
			check_port(&c, s, up);
	check_disk(&c);
	return c.errors ? 1 : 0;
}
