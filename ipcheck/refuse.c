/* SPDX-License-Identifier: ISC */
/* refuse: tells a client in its protocol that there is no service for it. */
#include <skalibs/sgetopt.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "deadline.h"
#include "line.h"
#include "log.h"
#include "priv.h"
#include "refusal.h"
#include "usage.h"

int refuse_main(int, char **);

enum { REFUSE_COMMANDS = 10 };

static const char refuse_usage[] =
    "usage: refuse [-l] [-u uid:gid] [-R dir] [-t seconds] protocol\n"
    "Says MESSAGE to the client as a refusal, and ends.\n"
    "  -l          later it may be served: a temporary refusal\n"
    "  -u uid:gid  give up root for this user first\n"
    "  -R dir      and for this empty folder as its root\n"
    "  -t seconds  for all of it (10)\n"
    "protocol: smtp, pop3, imap, or line (MESSAGE as it is)\n";

struct refuse {
	int later, drop;
	struct priv_id id;
	const char *dir; /* or null */
	unsigned int seconds;
};

static void
refuse_option(struct refuse *r, int c, const char *arg)
{
	switch (c) {
	case 'l':
		r->later = 1;
		return;
	case 'R':
		r->dir = arg;
		return;
	case 't':
		r->seconds =
		    (unsigned int)usage_number("option -t", arg, 1, 600);
		return;
	case 'u':
		priv_id_need("option -u", arg, &r->id);
		r->drop = 1;
		return;
	case 'h':
		usage_help(refuse_usage);
	default:
		usage_die(refuse_usage);
	}
}

/* After a 5yz greeting the client is to say QUIT, and nothing else (RFC 5321,
 * 3.1). */
static void
refuse_smtp(const tain *deadline)
{
	static const char no[] = "503 5.5.1 no service for you\r\n",
			  bye[] = "221 2.0.0 bye\r\n";
	char buf[REFUSAL_MAX], *s;
	struct line in;
	size_t n;
	int i, quit = 0;

	line_init(&in, 0, LINE_BUFFER, buf, sizeof buf);
	for (i = 0; i < REFUSE_COMMANDS && !quit; i++) {
		if (line_read(&in, &s, &n, deadline) >= LINE_END)
			return;
		quit = strcasecmp(s, "QUIT") == 0;
		if (deadline_write(1, quit ? bye : no,
			quit ? sizeof bye - 1 : sizeof no - 1, deadline) != 1)
			return;
	}
}

int
refuse_main(int argc, char **argv)
{
	subgetopt l = SUBGETOPT_ZERO;
	struct refuse r = {.seconds = 10};
	const char *text = getenv("MESSAGE");
	char line[REFUSAL_MAX];
	enum refusal protocol;
	tain deadline;
	size_t n;
	int c;

	log_start_conn("refuse");
	while ((c = subgetopt_r(
		    argc, (char const *const *)argv, "hlu:R:t:", &l)) != -1)
		refuse_option(&r, c, l.arg);
	if (argc - l.ind != 1 || !refusal_protocol(argv[l.ind], &protocol))
		usage_die(refuse_usage);
	if (geteuid() == 0 && !r.drop)
		log_die(100, "root must give option -u", (char *)0);
	priv_drop(r.drop ? &r.id : 0, r.dir);
	n = refusal_format(
	    line, protocol, r.later, text ? text : "no service for you");
	deadline_in(&deadline, r.seconds);
	if (deadline_write(1, line, n, &deadline) == 1 &&
	    protocol == REFUSAL_SMTP && *line == '5')
		refuse_smtp(&deadline);
	return 1;
}
