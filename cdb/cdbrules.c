/* SPDX-License-Identifier: ISC */
/* cdbrules: compiles rule sources, and tells what compiled rules say. */
#include <errno.h>
#include <skalibs/sgetopt.h>
#include <stdio.h>
#include <string.h>

#include "compile.h"
#include "explain.h"
#include "log.h"
#include "type.h"
#include "usage.h"

int cdbrules_main(int, char **);

static const char cdbrules_usage[] =
    "usage: cdbrules compile|check|dump|explain [-sw] [-c dir] [-f name] type\n"
    "                [file.cdb [key...]]\n"
    "  compile type out.cdb < source   replaces out.cdb, or leaves it alone\n"
    "  check type < source             only says what is wrong\n"
    "  dump type file.cdb              prints the lines that are in force\n"
    "  explain type file.cdb key...    prints what decides about each key\n"
    "  -c dir    with compile, check: what users and aliases name is looked\n"
    "            for in the groups.cdb, domains.cdb and mailboxes.cdb there\n"
    "  -f name   what messages call the source\n"
    "  -s        with dump: password hashes too\n"
    "  -w        with check: warnings exit 1\n"
    "types: ip relay users mailboxes groups domains aliases routes\n";

struct cdbrules {
	const struct type *type;
	const char *source;    /* -f */
	const char *dir;       /* -c */
	int secrets, warnings; /* -s, -w */
	const char *file;
	char **args;
};

static int
cdbrules_compile(const struct cdbrules *o)
{
	return compile_run(o->type, o->file, o->source, 0, o->dir, 0);
}

static int
cdbrules_check(const struct cdbrules *o)
{
	return compile_run(o->type, 0, o->source, 0, o->dir, o->warnings);
}

static int
cdbrules_dump(const struct cdbrules *o)
{
	struct rules *r = rules_need(o->file, o->type->name);

	if (explain_dump(r, o->secrets) < 0)
		log_diesys(111, "cannot read ", o->file, (char *)0);
	rules_close(r);
	return 0;
}

/* 0 when every key could be explained, "deny" included; 1 when there is no
 * such key. */
static int
cdbrules_explain(const struct cdbrules *o)
{
	struct rules *r = rules_need(o->file, o->type->name);
	char **key;
	int found, missing = 0;

	for (key = o->args; *key; key++) {
		if (key > o->args)
			putchar('\n');
		if ((found = o->type->explain(r, *key)) < 0) {
			if (errno == EINVAL)
				log_die(100, *key, ": not a key of type ",
				    o->type->name, (char *)0);
			log_diesys(
			    111, "cannot look up in ", o->file, (char *)0);
		}
		missing |= found == EXPLAIN_MISSING;
	}
	rules_close(r);
	return missing;
}

static const struct {
	const char *name;
	int file, keys; /* what it takes behind the type */
	int (*run)(const struct cdbrules *);
} cdbrules_verbs[] = {
    {"compile", 1, 0, cdbrules_compile},
    {"check", 0, 0, cdbrules_check},
    {"dump", 1, 0, cdbrules_dump},
    {"explain", 1, 1, cdbrules_explain},
};

/* Options at the front of ARGV; returns how many words they are. */
static int
cdbrules_options(struct cdbrules *o, int argc, char **argv)
{
	subgetopt l = SUBGETOPT_ZERO;
	int opt;

	while ((opt = subgetopt_r(
		    argc, (char const *const *)argv, "hc:f:sw", &l)) != -1) {
		if (opt == 'h')
			usage_help(cdbrules_usage);
		else if (opt == 'c')
			o->dir = l.arg;
		else if (opt == 'f')
			o->source = l.arg;
		else if (opt == 's')
			o->secrets = 1;
		else if (opt == 'w')
			o->warnings = 1;
		else
			usage_die(cdbrules_usage);
	}
	return l.ind;
}

int
cdbrules_main(int argc, char **argv)
{
	struct cdbrules o = {.source = "stdin"};
	size_t i, n = sizeof cdbrules_verbs / sizeof *cdbrules_verbs;
	int skip, result;

	log_start("cdbrules");
	skip = cdbrules_options(&o, argc, argv);
	argc -= skip;
	argv += skip;
	for (i = 0; argc > 0 && i < n; i++)
		if (strcmp(argv[0], cdbrules_verbs[i].name) == 0)
			break;
	if (argc < 1 || i == n)
		usage_die(cdbrules_usage);
	skip = cdbrules_options(&o, argc, argv);
	argc -= skip;
	argv += skip;
	if (argc < 1 + cdbrules_verbs[i].file + cdbrules_verbs[i].keys ||
	    (!cdbrules_verbs[i].keys && argc > 1 + cdbrules_verbs[i].file))
		usage_die(cdbrules_usage);
	if (!(o.type = type_find(argv[0])))
		log_die(100, argv[0], ": no type of rules (there are ",
		    type_names, ")", (char *)0);
	o.file = argv[1];
	o.args = argv + 1 + cdbrules_verbs[i].file;
	result = cdbrules_verbs[i].run(&o);
	if (fflush(stdout) != 0)
		log_diesys(111, "cannot write", (char *)0);
	return result;
}
