/* SPDX-License-Identifier: ISC */
/* postern explain: what becomes of a client of a service, and by which rules. */
#include "package/explain.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "package/command.h"
#include "package/say.h"
#include "package/verbs.h"
#include "rules.h"

static const struct option explain_options[] = {{"ip", 1, 0, 'i'},
    {"service", 1, 0, 's'}, {"user", 1, 0, 'u'}, {"from", 1, 0, 'f'},
    {"to", 1, 0, 't'}, {"tls", 0, 0, 'T'}, {0, 0, 0, 0}};

/* The options into E, the service's name into *NAME. 1, or 0: usage. */
static int
explain_read(int argc, char **argv, struct explain *e, const char **name)
{
	int c;

	while ((c = getopt_long(argc, argv, "", explain_options, 0)) != -1)
		switch (c) {
		case 'i':
			e->ip = optarg;
			break;
		case 's':
			*name = optarg;
			break;
		case 'u':
			e->user = optarg;
			break;
		case 'f':
			e->from = optarg;
			break;
		case 't':
			e->to = optarg;
			break;
		case 'T':
			e->tls = 1;
			break;
		default:
			return 0;
		}
	return argc - optind == 1 && e->ip && *name;
}

/* What the ip rules say, and by which line. The exit code: 0 let in, 1 not. */
static int
explain_ip(struct explain *e)
{
	const char *file =
	    instance_path(e->instance, "cdb/ip.%s.cdb", e->service->rules);
	char *run[] = {(char *)"cdbrules", (char *)"explain", (char *)"ip",
	    (char *)file, (char *)e->ip, 0};
	struct rules *r = rules_need(file, "ip");
	int code = command_run(run);

	if (code > 1)
		return code;
	if (iprules_find(r, &e->scanned, 0, &e->verdict) < 0)
		die(111, "%s: cannot be read", file);
	return !e->verdict.allow;
}

int
verb_explain(int argc, char **argv)
{
	static struct instance n;
	struct explain e = {.instance = &n};
	const char *name = 0;
	char bin[INSTANCE_PATH];
	int code;

	if (!explain_read(argc, argv, &e, &name))
		die(100,
		    "usage: postern explain DIR --ip ADDRESS --service NAME "
		    "[--tls] [--user USER] [--from SENDER] [--to RECIPIENT]");
	instance_need(&n, argv[optind]);
	if (!ip_scan(e.ip, &e.scanned))
		die(100, "--ip: '%s' is no address", e.ip);
	if (!(e.service = instance_service(name)) || !e.service->rules)
		die(100,
		    "--service: '%s' is none of smtp, submission, "
		    "submissions, pop3, pop3s, imap, imaps",
		    name);
	command_path(bin);
	code = explain_ip(&e);
	if (code > 1 || (!e.tls && !e.user && !e.from && !e.to))
		return code;
	if (strcmp(name, "smtp") != 0 && strncmp(name, "submission", 10) != 0)
		die(100,
		    "--tls, --user, --from and --to are for smtp, "
		    "submission and submissions");
	if (strcmp(name, "submissions") == 0)
		e.tls = 1;
	return explain_smtp(&e);
}
