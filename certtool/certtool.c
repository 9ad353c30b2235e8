/* SPDX-License-Identifier: ISC */
/* certtool: keys and certificates. */
#include <string.h>

#include "log.h"
#include "package/say.h"
#include "usage.h"
#include "verbs.h"

static const char certtool_usage[] =
    "usage: certtool VERB [...]    DIR is the folder of an instance\n"
    "  selfsigned [-f] [-d days] [-o bundle] [-c cafile] NAME...\n"
    "  request  [--dir DIR] [--name NAME]... [--type TYPE] [--reuse]\n"
    "           [--subject FIELD=VALUE]... [--key FILE] [--out FILE]\n"
    "  install  --dir DIR [--host NAME] | --bundle FILE  [--key FILE]\n"
    "           [--name NAME]... [--ca FILE] ANSWER...\n"
    "  rollback --dir DIR [--host NAME] | --bundle FILE\n"
    "  show     --dir DIR [--host NAME] | FILE\n"
    "  check    [--dir DIR [--host NAME]] [--name NAME]... [--ca FILE]\n"
    "           [--days N] [--dns] [--tlsa RECORD]... [--served]\n"
    "           [--starttls smtp|pop3|imap] [FILE | HOST:PORT]\n"
    "  tlsa     --dir DIR | --bundle FILE  [--host NAME] [--next KEY] [--port N]...\n"
    "  import   --dir DIR [--host NAME] | --bundle FILE  [--ca FILE] FOLDER|FILE...\n"
    "  dkim     --dir DIR | --key FILE  [--domain NAME] --selector NAME [--type T]\n"
    "  renew    --dir DIR [--host NAME] [--force] [--next]\n"
    "           [--watch [--ready FD] [--interval SECONDS]]\n"
    "See certtool(1).\n";

/* Each verb gets the arguments from itself on, like a main. */
static const struct {
	const char *name;
	int (*main)(int, char **, const char *usage);
} certtool_verbs[] = {
    {"selfsigned", selfsigned_main},
    {"request", request_main},
    {"install", install_main},
    {"rollback", rollback_main},
    {"show", show_main},
    {"check", check_main},
    {"tlsa", tlsa_main},
    {"renew", renew_main},
    {"import", import_main},
    {"dkim", dkim_main},
};

int
main(int argc, char **argv)
{
	size_t i;

	log_start("certtool");
	if (argc < 2)
		usage_die(certtool_usage);
	if (strcmp(argv[1], "-h") == 0)
		usage_help(certtool_usage);
	for (i = 0; i < sizeof certtool_verbs / sizeof *certtool_verbs; i++)
		if (strcmp(argv[1], certtool_verbs[i].name) == 0)
			return certtool_verbs[i].main(
			    argc - 1, argv + 1, certtool_usage);
	die(100, "there is no '%s' to do: see certtool -h", argv[1]);
}
