/* SPDX-License-Identifier: ISC */
/* imaplogin: IMAP before the login, in front of somebody else's IMAP. */
#include <skalibs/sgetopt.h>

#include "auth/frontmain.h"
#include "imapfront.h"
#include "log.h"
#include "usage.h"

static const char imaplogin_usage[] =
    "usage: imaplogin [-H host] [-u uid:gid] [-R dir] [-t seconds] "
    "checkpassword...\n"
    "Lets IMAP clients log in, and runs checkpassword... (with the program to\n"
    "run for a user) to check their passwords.\n"
    "  -H host     name this host in the greeting\n"
    "  -u uid:gid  what talks to clients gives up root for this user\n"
    "  -R dir      and for this empty folder as its root\n"
    "  -t seconds  wait this long for a command (60), thrice for a login\n";

int imaplogin_main(int, char **);

int
imaplogin_main(int argc, char **argv)
{
	struct front_options o = {.seconds = 60};
	subgetopt opt = SUBGETOPT_ZERO;
	int c;

	log_start_conn("imaplogin");
	opt.err = 0;
	while ((c = subgetopt_r(
		    argc, (char const *const *)argv, "H:u:R:t:h", &opt)) != -1)
		front_option(&o, c, opt.arg, imaplogin_usage);
	if (!argv[opt.ind])
		usage_die(imaplogin_usage);
	return front_main(&o, argv + opt.ind, imapfront_run);
}
