/* SPDX-License-Identifier: ISC */
/* pop3d: the session of a POP3 user who has logged in, on a Maildir. */
#include <errno.h>
#include <signal.h>
#include <skalibs/sgetopt.h>

#include "log.h"
#include "pop3session.h"
#include "usage.h"

static const char pop3d_usage[] =
    "usage: pop3d [-t seconds] [-w seconds] maildir\n"
    "Serves a Maildir by POP3 to a user who has logged in.\n"
    "  -t seconds  wait this long for a command (600)\n"
    "  -w seconds  wait this long for the end of another session (10)\n";

struct pop3d {
	unsigned int seconds, wait;
};

int pop3d_main(int, char **);

static void
pop3d_option(struct pop3d *o, int c, const char *arg)
{
	switch (c) {
	case 't':
		o->seconds =
		    (unsigned int)usage_number("option -t", arg, 1, 86400);
		return;
	case 'w':
		o->wait = (unsigned int)usage_number("option -w", arg, 0, 3600);
		return;
	case 'h':
		usage_help(pop3d_usage);
	default:
		usage_die(pop3d_usage);
	}
}

/* Why there is no session, to client and log. */
static int
pop3d_sorry(struct pop3session *p, const char *reply, const char *reason)
{
	log_event("error", "reason", reason, "error",
	    errno ? strerror(errno) : 0, (char *)0);
	pop3out_puts(&p->out, reply);
	pop3out_flush(&p->out);
	maildrop_unlock(&p->drop);
	return 1;
}

static int
pop3d_session(struct pop3session *p, const char *maildir, unsigned int wait)
{
	int r;

	if (maildrop_open(&p->drop, maildir) < 0)
		return pop3d_sorry(p, "-ERR [SYS/TEMP] no maildrop now\r\n",
		    "cannot open the maildir");
	if ((r = maildrop_lock(&p->drop, wait)) < 0)
		return pop3d_sorry(p, "-ERR [SYS/TEMP] no maildrop now\r\n",
		    "cannot lock the maildir");
	if (r == 0) {
		errno = 0;
		return pop3d_sorry(p,
		    "-ERR [IN-USE] another session has this maildrop\r\n",
		    "another session has the maildrop");
	}
	if (maildrop_scan(&p->drop) < 0)
		return pop3d_sorry(p, "-ERR [SYS/TEMP] no maildrop now\r\n",
		    "cannot read the maildir");
	pop3session_run(p);
	maildrop_unlock(&p->drop);
	pop3session_log(p);
	return 0;
}

int
pop3d_main(int argc, char **argv)
{
	struct pop3d o = {.seconds = 600, .wait = 10};
	struct pop3session p;
	subgetopt opt = SUBGETOPT_ZERO;
	int c;

	log_start("pop3d");
	signal(SIGPIPE, SIG_IGN);
	opt.err = 0;
	while ((c = subgetopt_r(
		    argc, (char const *const *)argv, "t:w:h", &opt)) != -1)
		pop3d_option(&o, c, opt.arg);
	if (argc - opt.ind != 1)
		usage_die(pop3d_usage);
	if (pop3session_init(&p, o.seconds) < 0)
		log_diesys(111, "no memory", (char *)0);
	return pop3d_session(&p, argv[opt.ind], o.wait);
}
