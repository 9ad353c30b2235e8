/* SPDX-License-Identifier: ISC */
/* postern explain: what the ip rules of a service say of a client. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "ip.h"
#include "package/command.h"
#include "package/instance.h"
#include "package/say.h"
#include "package/verbs.h"

static const struct option explain_options[] = {
    {"ip", 1, 0, 'i'}, {"service", 1, 0, 's'}, {0, 0, 0, 0}};

int
verb_explain(int argc, char **argv)
{
	static struct instance n;
	const struct service *s;
	const char *ip = 0, *name = 0;
	char bin[INSTANCE_PATH];
	char *run[7] = {(char *)"cdbrules", (char *)"explain", (char *)"ip"};
	struct ip scanned;
	int c;

	while ((c = getopt_long(argc, argv, "", explain_options, 0)) != -1)
		if (c == 'i')
			ip = optarg;
		else if (c == 's')
			name = optarg;
		else
			return 100;
	if (argc - optind != 1 || !ip || !name)
		die(100,
		    "usage: postern explain DIR --ip ADDRESS "
		    "--service NAME");
	instance_need(&n, argv[optind]);
	if (!ip_scan(ip, &scanned))
		die(100, "--ip: '%s' is no address", ip);
	if (!(s = instance_service(name)) || !s->rules)
		die(100,
		    "--service: '%s' is none of smtp, submission, "
		    "submissions, pop3, pop3s, imap, imaps",
		    name);
	command_path(bin);
	run[3] = (char *)instance_path(&n, "cdb/ip.%s.cdb", s->rules);
	run[4] = (char *)ip;
	return command_run(run);
}
