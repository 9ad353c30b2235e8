/* SPDX-License-Identifier: ISC */
/* postern: the front command that makes and runs instances. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "package/say.h"
#include "package/verbs.h"
#include "usage.h"

int postern_main(int, char **);

static const char postern_usage[] =
    "usage: postern VERB DIR [...]\n"
    "  postern init DIR --domain NAME [--host NAME] [--port-offset N]\n"
    "                   [--listen ADDRESS] [--uid-base N] [--imap]\n"
    "                   [--acme [--acme-url URL] [--acme-email ADDRESS]\n"
    "                   [--acme-dns PROGRAM]]\n"
    "  postern update DIR [--replace]\n"
    "  postern user add DIR ADDRESS [--groups A,B]    password on stdin\n"
    "  postern user passwd DIR ADDRESS                password on stdin\n"
    "  postern user del DIR ADDRESS [--mail]\n"
    "  postern user list DIR\n"
    "  postern up DIR [--detach]\n"
    "  postern down DIR\n"
    "  postern status DIR\n"
    "  postern check DIR\n"
    "  postern queue DIR list|show ID|hold ID|release ID|retry [ID|DOMAIN]\n"
    "  postern queue DIR delete ID --reason TEXT [--silent]\n"
    "  postern explain DIR --ip ADDRESS --service NAME [--tls] [--user U]\n"
    "      [--from SENDER] [--to RECIPIENT]\n"
    "DIR is the folder of an instance. See postern(8).\n";

static const struct {
	const char *name;
	int (*run)(int, char **);
} postern_verbs[] = {{"init", verb_init}, {"update", verb_update},
    {"user", verb_user}, {"up", verb_up}, {"down", verb_down},
    {"status", verb_status}, {"check", verb_check}, {"queue", verb_queue},
    {"explain", verb_explain}};

int
postern_main(int argc, char **argv)
{
	size_t i;

	log_start("postern");
	if (argc > 1 && strcmp(argv[1], "-h") == 0)
		usage_help(postern_usage);
	for (i = 0;
	     argc > 1 && i < sizeof postern_verbs / sizeof *postern_verbs; i++)
		if (strcmp(argv[1], postern_verbs[i].name) == 0)
			return postern_verbs[i].run(argc - 1, argv + 1);
	fputs(postern_usage, stderr);
	return 100;
}
