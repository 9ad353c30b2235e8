/* SPDX-License-Identifier: ISC */
/* deliver: one message, on standard input, into a Maildir; or, for queued, one
 * after the other. Runs as the mailbox's owner. */
#include <errno.h>
#include <limits.h>
#include <skalibs/sgetopt.h>
#include <string.h>

#include "log.h"
#include "queue/carry.h"
#include "queue/outcome.h"
#include "queue/report.h"
#include "queue/store.h"
#include "usage.h"

int deliver_main(int, char **);

static const char deliver_usage[] =
    "usage: deliver [-a] [-f sender] [-r recipient] [-o original] [-i id]\n"
    "               [-q quota] maildir\n"
    "       deliver -w -r recipient [-q quota] maildir\n"
    "Delivers the message on standard input into the Maildir.\n"
    "  -a            again: an earlier try may have succeeded, look first\n"
    "  -f sender     add Return-Path: <sender>\n"
    "  -r recipient  add Delivered-To: recipient\n"
    "  -o original   add X-Original-To: original\n"
    "  -q quota      bytes that the Maildir may hold (Maildir++)\n"
    "  -i id         use this id as the unique part of the file name\n"
    "  -w            take the messages by requests of queued\n"
    "Exit: 0 delivered and safe on disk, 100 cannot be, 111 try later.\n";

static int
deliver_options(int argc, char **argv, struct store *s, int *serve)
{
	subgetopt o = SUBGETOPT_ZERO;
	int c;

	while ((c = subgetopt_r(argc, (char const *const *)argv,
		    "ahwf:r:o:i:q:", &o)) != -1)
		switch (c) {
		case 'a':
			s->again = 1;
			break;
		case 'f':
			s->sender = o.arg;
			break;
		case 'r':
			s->recipient = o.arg;
			break;
		case 'o':
			s->original = o.arg;
			break;
		case 'q':
			s->quota =
			    usage_number("option -q", o.arg, 1, LONG_MAX);
			break;
		case 'i':
			s->id = o.arg;
			break;
		case 'w':
			*serve = 1;
			break;
		case 'h':
			usage_help(deliver_usage);
		default:
			usage_die(deliver_usage);
		}
	if (argc - o.ind != 1 || (*serve && !s->recipient))
		usage_die(deliver_usage);
	return o.ind;
}

/* One message, on fd 0. */
static int
deliver_one(struct store *s, const char *maildir)
{
	struct store_box b;
	struct outcome o;

	if (store_open(&b, maildir) < 0) {
		s->error = errno;
	} else {
		store_put(s, &b, 0);
		store_sync(s, 1, &b);
		store_close(&b);
	}
	o = outcome_tell(s, maildir);
	if (o.status)
		report_say(o.status, o.reason, (char *)0);
	return o.code;
}

int
deliver_main(int argc, char **argv)
{
	struct store s = {.outcome = STORE_FAILED, .out = -1};
	const char *maildir, *bad;
	int serve = 0;

	log_start("deliver");
	maildir = argv[deliver_options(argc, argv, &s, &serve)];
	if ((bad = outcome_bad(&s)))
		log_die(100, bad, (char *)0);
	return serve ? carry_serve(&s, maildir) : deliver_one(&s, maildir);
}
