/* SPDX-License-Identifier: ISC */
/* pop3d: the session of a POP3 user who has logged in, on a Maildir. */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <skalibs/sgetopt.h>
#include <unistd.h>

#include "linger.h"
#include "log.h"
#include "maillock.h"
#include "pop3session.h"
#include "usage.h"

static const char pop3d_usage[] =
    "usage: pop3d [-t seconds] [-w seconds] [-i ids] [-l seconds]\n"
    "    maildir\n"
    "Serves a Maildir by POP3 to a user who has logged in.\n"
    "  -t seconds  wait this long for a command (600)\n"
    "  -w seconds  wait this long for the end of another session (10)\n"
    "  -l seconds  refuse the next login for so long (LOGIN-DELAY)\n"
    "  -i ids      unique-ids: filename, dovecot (dovecot-uidlist), or a file\n"
    "              in the maildir that has them\n";

struct pop3d {
	unsigned int seconds, wait;
	const char *ids;    /* a file of the Maildir, or null */
	unsigned int delay; /* between logins */
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
	case 'i':
		if (strchr(arg, '/') || !*arg)
			log_die(
			    100, "option -i: no file name: ", arg, (char *)0);
		o->ids = strcmp(arg, "filename") == 0 ? 0
		    : strcmp(arg, "dovecot") == 0     ? "dovecot-uidlist"
						      : arg;
		return;
	case 'l':
		o->delay =
		    (unsigned int)usage_number("option -l", arg, 1, 86400);
		return;
	case 'h':
		usage_help(pop3d_usage);
	default:
		usage_die(pop3d_usage);
	}
}

/* Why there is no session, to client and log. */
static int
pop3d_sorry(struct pop3session *p, const char *maildir, const char *reply,
    const char *reason)
{
	const char *error = errno ? strerror(errno) : 0;
	char here[PATH_MAX];

	log_event("error", "reason", reason, "error", error, "maildir", maildir,
	    "in", getcwd(here, sizeof here), (char *)0);
	pop3out_puts(&p->out, reply);
	maildrop_unlock(&p->drop);
	if (pop3out_flush(&p->out) == 0)
		linger(0, 1);
	return 1;
}

/* The maildrop, held, with its messages. 0; else the client was told why not. */
static int
pop3d_open(struct pop3session *p, const char *maildir, const struct pop3d *o)
{
	static const char later[] = "-ERR [SYS/TEMP] no maildrop now\r\n";
	int r;

	if (maildrop_open(&p->drop, maildir) < 0)
		return pop3d_sorry(
		    p, maildir, later, "cannot open the maildir");
	if ((r = maildrop_lock(&p->drop, o->wait)) < 0)
		return pop3d_sorry(
		    p, maildir, later, "cannot lock the maildir");
	if (r == 0) {
		errno = 0;
		return pop3d_sorry(p, maildir,
		    "-ERR [IN-USE] another session has this maildrop\r\n",
		    "another session has the maildrop");
	}
	if (o->delay && (r = maildrop_login(&p->drop, o->delay)) <= 0) {
		errno = r ? errno : 0;
		return pop3d_sorry(p, maildir,
		    r ? later : "-ERR [LOGIN-DELAY] so soon again\r\n",
		    "cannot log in again so soon");
	}
	if (maildrop_scan(&p->drop) < 0)
		return pop3d_sorry(
		    p, maildir, later, "cannot read the maildir");
	if (o->ids && maildrop_ids(&p->drop, o->ids) < 0)
		return pop3d_sorry(p, maildir, later,
		    "cannot take the unique-ids of option -i");
	return 0;
}

static int
pop3d_session(struct pop3session *p, const char *maildir, const struct pop3d *o)
{
	p->delay = o->delay;
	if (pop3d_open(p, maildir, o) != 0)
		return 1;
	pop3session_run(p);
	maildrop_index_save(&p->drop);
	maildrop_unlock(&p->drop);
	pop3session_log(p);
	/* who says more than we hear has to hear why, or that all is well */
	if (line_pending(&p->in) || p->errors == POP3SESSION_ERRORS)
		linger(0, 1);
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
		    argc, (char const *const *)argv, "t:w:i:l:h", &opt)) != -1)
		pop3d_option(&o, c, opt.arg);
	if (argc - opt.ind != 1)
		usage_die(pop3d_usage);
	if (pop3session_init(&p, o.seconds) < 0)
		log_diesys(111, "no memory", (char *)0);
	return pop3d_session(&p, argv[opt.ind], &o);
}
