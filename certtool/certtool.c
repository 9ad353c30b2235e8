/* SPDX-License-Identifier: ISC */
/* certtool: keys and certificates. */
#include <string.h>

#include "log.h"
#include "selfsigned.h"
#include "usage.h"

static const char certtool_usage[] =
    "usage: certtool selfsigned [-f] [-d days] [-o bundle] [-c cafile] "
    "name...\n"
    "Makes a key and a certificate for host names.\n"
    "  -f         overwrite what is there\n"
    "  -d days    how long it shall be good (3650)\n"
    "  -o bundle  where key and certificate go (NAME.pem)\n"
    "  -c cafile  where the certificate goes for clients (ca.pem)\n";

/* Each verb gets the arguments from itself on, like a main. */
static const struct {
	const char *name;
	int (*main)(int, char **, const char *usage);
} certtool_verbs[] = {
    {"selfsigned", selfsigned_main},
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
	log_die(
	    100, "certtool does not know how to do '", argv[1], "'", (char *)0);
}
