/* SPDX-License-Identifier: ISC */
/* deliver: one message, on standard input, into a Maildir. Runs as the
 * mailbox's owner. */
#include <errno.h>
#include <skalibs/sgetopt.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "maildir.h"
#include "queue/store.h"
#include "usage.h"

int deliver_main(int, char **);

static const char deliver_usage[] =
    "usage: deliver [-a] [-f sender] [-r recipient] [-i id] maildir\n"
    "Delivers the message on standard input into the Maildir.\n"
    "  -a            again: an earlier try may have succeeded, look first\n"
    "  -f sender     add Return-Path: <sender>\n"
    "  -r recipient  add Delivered-To: recipient\n"
    "  -i id         use this id as the unique part of the file name\n"
    "Exit: 0 delivered and safe on disk, 100 cannot be, 111 try later.\n";

static int
deliver_options(int argc, char **argv, struct store *s)
{
	subgetopt o = SUBGETOPT_ZERO;
	int c;

	while ((c = subgetopt_r(
		    argc, (char const *const *)argv, "ahf:r:i:", &o)) != -1)
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

int
deliver_main(int argc, char **argv)
{
	struct store s = {0};
	const char *maildir;
	char bytes[LOG_NUM];
	int r;

	log_start("deliver");
	maildir = argv[deliver_options(argc, argv, &s)];
	if (!deliver_clean(s.sender) || !deliver_clean(s.recipient))
		log_die(100, "a control character in an address", (char *)0);
	if (s.id && (!*s.id || strpbrk(s.id, "/:,") || s.id[0] == '.'))
		log_die(100, "'", s.id, "' cannot be part of a file name",
		    (char *)0);
	if (maildir_make(maildir) < 0)
		log_diesys(111, "cannot use ", maildir, (char *)0);
	if ((r = store_message(&s, 0, maildir)) < 0)
		log_diesys(111, "cannot deliver into ", maildir, (char *)0);
	log_event(r ? "delivered" : "delivered-before", "id", s.id, "to",
	    s.recipient, "from", s.sender, "bytes", log_u64(bytes, s.bytes),
	    "name", s.name, (char *)0);
	return 0;
}
