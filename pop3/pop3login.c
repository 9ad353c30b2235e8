/* SPDX-License-Identifier: ISC */
/* pop3login: POP3 before the login. */
#include <skalibs/sgetopt.h>

#include "auth/frontmain.h"
#include "log.h"
#include "pop3front.h"
#include "usage.h"

static const char pop3login_usage[] =
    "usage: pop3login [-H host] [-u uid:gid] [-R dir] [-t seconds] "
    "checkpassword...\n"
    "Lets POP3 clients log in, and runs checkpassword... (with the program to\n"
    "run for a user) to check their passwords.\n"
    "  -H host     name this host in the greeting\n"
    "  -u uid:gid  what talks to clients gives up root for this user\n"
    "  -R dir      and for this empty folder as its root\n"
    "  -t seconds  wait this long for a command (60), thrice for a login\n";

int pop3login_main(int, char **);

int
pop3login_main(int argc, char **argv)
{
	struct front_options o = {.seconds = 60};
	subgetopt opt = SUBGETOPT_ZERO;
	int c;

	log_start_conn("pop3login");
	opt.err = 0;
	while ((c = subgetopt_r(
		    argc, (char const *const *)argv, "H:u:R:t:h", &opt)) != -1)
		front_option(&o, c, opt.arg, pop3login_usage);
	if (!argv[opt.ind])
		usage_die(pop3login_usage);
	return front_main(&o, argv + opt.ind, pop3front_run);
}
