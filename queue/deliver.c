/* SPDX-License-Identifier: ISC */
/* deliver: one message, on standard input, into a Maildir. Runs as the
 * mailbox's owner. */
#include <errno.h>
#include <limits.h>
#include <skalibs/sgetopt.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "maildir.h"
#include "queue/report.h"
#include "queue/store.h"
#include "usage.h"

int deliver_main(int, char **);

static const char deliver_usage[] =
    "usage: deliver [-a] [-f sender] [-r recipient] [-o original] [-i id]\n"
    "               [-q quota] maildir\n"
    "Delivers the message on standard input into the Maildir.\n"
    "  -a            again: an earlier try may have succeeded, look first\n"
    "  -f sender     add Return-Path: <sender>\n"
    "  -r recipient  add Delivered-To: recipient\n"
    "  -o original   add X-Original-To: original\n"
    "  -q quota      bytes that the Maildir may hold (Maildir++)\n"
    "  -i id         use this id as the unique part of the file name\n"
    "Exit: 0 delivered and safe on disk, 100 cannot be, 111 try later.\n";

static int
deliver_options(int argc, char **argv, struct store *s)
{
	subgetopt o = SUBGETOPT_ZERO;
	int c;

	while ((c = subgetopt_r(
		    argc, (char const *const *)argv, "ahf:r:o:i:q:", &o)) != -1)
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
		case 'h':
			usage_help(deliver_usage);
		default:
			usage_die(deliver_usage);
		}
	if (argc - o.ind != 1)
		usage_die(deliver_usage);
	return o.ind;
}

/* 1 if every character of S can stand in a header line. */
static int
deliver_clean(const char *s)
{
	for (; s && *s; s++)
		if ((unsigned char)*s < ' ' || *s == 127)
			return 0;
	return 1;
}

static void deliver_failed(const char *maildir) __attribute__((noreturn));

/* Says why, and ends. */
static void
deliver_failed(const char *maildir)
{
	switch (errno) {
	case ELOOP:
		report_say("5.4.6",
		    "the message was delivered here before, and came back: "
		    "mail loop",
		    (char *)0);
		log_die(100, "mail loop", (char *)0);
	case EFBIG:
		report_say("5.2.3", "the message is larger than the mailbox",
		    (char *)0);
		log_die(100, "larger than the quota", (char *)0);
	case EDQUOT:
		report_say("4.2.2", "the mailbox is full", (char *)0);
		log_die(111, "over quota", (char *)0);
	case ENOSPC:
		report_say("4.3.1", "the disk is full", (char *)0);
		break;
	default:
		report_say(
		    "4.2.0", "the mailbox cannot be written to", (char *)0);
	}
	log_diesys(111, "cannot deliver into ", maildir, (char *)0);
}

int
deliver_main(int argc, char **argv)
{
	struct store s = {0};
	const char *maildir;
	char bytes[LOG_NUM];
	int r;

	log_start("deliver");
	maildir = argv[deliver_options(argc, argv, &s)];
	if (!deliver_clean(s.sender) || !deliver_clean(s.recipient) ||
	    !deliver_clean(s.original))
		log_die(100, "a control character in an address", (char *)0);
	if (s.id && (!*s.id || strpbrk(s.id, "/:,") || s.id[0] == '.'))
		log_die(100, "'", s.id, "' cannot be part of a file name",
		    (char *)0);
	if (maildir_make(maildir) < 0 ||
	    (r = store_message(&s, 0, maildir)) < 0)
		deliver_failed(maildir);
	log_event(r ? "delivered" : "delivered-before", "id", s.id, "to",
	    s.recipient, "from", s.sender, "bytes", log_u64(bytes, s.bytes),
	    "name", s.name, (char *)0);
	return 0;
}
