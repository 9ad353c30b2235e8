/* SPDX-License-Identifier: ISC */
/* certtool import: key and certificate that another server has used, as the
 * surge_priv.pem and surge_cert.pem of SurgeMail. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "package/say.h"
#include "usage.h"
#include "verbs.h"

enum { IMPORT_FILES = 16, IMPORT_ARGS = IMPORT_FILES + 8 };

static const struct option import_options[] = {{"dir", 1, 0, 'd'},
    {"host", 1, 0, 'H'}, {"bundle", 1, 0, 'b'}, {"ca", 1, 0, 'c'},
    {0, 0, 0, 0}};

/* The files of SurgeMail in FOLDER, in the order of what must be there. */
static size_t
import_folder(char **file, const char *folder)
{
	static const char *const known[] = {"surge_priv.pem", "surge_cert.pem",
	    "surge_chain.pem", "surge_ca.pem"};
	struct stat st;
	size_t i, n = 0;

	for (i = 0; i < sizeof known / sizeof *known; i++) {
		if (asprintf(&file[n], "%s/%s", folder, known[i]) < 0)
			die(111, "no memory");
		if (stat(file[n], &st) == 0)
			n++;
		else if (i < 2)
			die_sys(100, "there is no %s", file[n]);
	}
	return n;
}

/* All of it is what install does, with the key among the answers. */
int
import_main(int argc, char **argv, const char *usage)
{
	char *args[IMPORT_ARGS + 1] = {(char *)"import"}, *file[IMPORT_FILES];
	size_t n = 1, files = 0, i;
	struct stat st;
	int c;

	while ((c = getopt_long(argc, argv, "h", import_options, 0)) != -1) {
		if (c == 'h')
			usage_help(usage);
		if (c == '?' || n + 2 > IMPORT_ARGS - IMPORT_FILES)
			exit(100);
		args[n++] = (char *)(c == 'd' ? "--dir"
			: c == 'H'            ? "--host"
			: c == 'b'            ? "--bundle"
					      : "--ca");
		args[n++] = optarg;
	}
	if (argc == optind || argc - optind > IMPORT_FILES)
		usage_die(usage);
	if (argc - optind == 1 && stat(argv[optind], &st) == 0 &&
	    S_ISDIR(st.st_mode))
		files = import_folder(file, argv[optind]);
	else
		for (; optind < argc; optind++)
			file[files++] = argv[optind];
	for (i = 0; i < files; i++)
		args[n++] = file[i];
	args[n] = 0;
	optind = 0; /* getopt begins anew */
	return install_main((int)n, args, usage);
}
