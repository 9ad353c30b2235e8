/* SPDX-License-Identifier: ISC */
/* The child of the spawner, which becomes a delivery. */
#include "queue/start.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chain.h"
#include "local.h"
#include "log.h"
#include "priv.h"
#include "queue/program.h"
#include "rules.h"

enum { START_PATH = 4096 };

/* The arguments of a program that delivers. */
struct start_words {
	char *argv[LOCAL_ARGUMENTS + 16];
	size_t n;
};

static void
start_word(struct start_words *w, const char *s)
{
	w->argv[w->n++] = (char *)s;
	w->argv[w->n] = 0;
}

static void
start_option(struct start_words *w, const char *option, const char *s)
{
	start_word(w, option);
	start_word(w, s);
}

/* Becomes ID, who delivers WHAT, in folder DIR. */
static void
start_become(const struct priv_id *id, const char *dir, const char *what)
{
	if (geteuid() == 0 && id->uid == 0)
		log_die(111, what, " belongs to root", (char *)0);
	if (geteuid() != 0 && id->uid != geteuid())
		log_die(111, what, " belongs to another user", (char *)0);
	if (priv_enter(id, dir) < 0)
		log_diesys(111, "cannot enter ", dir, (char *)0);
	priv_drop(geteuid() == 0 ? id : 0, 0);
}

static struct rules *
start_rules(const char *cdb, const char *type)
{
	char file[START_PATH];

	snprintf(file, sizeof file, "%s/%s.cdb", cdb, type);
	return rules_need(file, type);
}

/* Becomes the owner of MAILBOX, in its home. QUOTA (LOG_NUM bytes) is the
 * mailbox's, or "". */
static void
start_mailbox(const char *cdb, const char *mailbox, char *quota)
{
	struct rules *r = start_rules(cdb, "mailboxes");
	const char *uid, *gid, *home, *bytes;
	struct rules_value v;
	struct priv_id id;
	char text[2 * LOG_NUM];

	if (rules_find(r, mailbox, strlen(mailbox), &v) != 1)
		log_die(111, "no mailbox ", mailbox, " any more", (char *)0);
	uid = rules_get(&v, "uid");
	gid = rules_get(&v, "gid");
	home = rules_get(&v, "home");
	bytes = rules_get(&v, "quota");
	if (!uid || !gid || !home ||
	    snprintf(text, sizeof text, "%s:%s", uid, gid) >=
		(int)sizeof text ||
	    priv_id_scan(text, &id) != 1)
		log_die(111, "mailbox ", mailbox, " has no owner or home",
		    (char *)0);
	snprintf(quota, LOG_NUM, "%s", bytes ? bytes : "");
	start_become(&id, home, mailbox);
	rules_close(r);
}

static void
start_deliver(const char *cdb, const char *mailbox, struct start_words *w)
{
	static char quota[LOG_NUM];

	start_mailbox(cdb, mailbox, quota);
	start_word(w, "-w");
	if (*quota && strcmp(quota, "0") != 0)
		start_option(w, "-q", quota);
	start_option(w, "-r", mailbox);
	start_word(w, "Maildir");
}

/* Becomes the user whom a program runs as; where it works is up to it. */
static void
start_program(const char *cdb, const char *const *field, struct start_words *w)
{
	struct rules *r = start_rules(cdb, "aliases"); /* stays open */
	struct program p;
	size_t i;

	if (program_find(r, field[5], &p) != 1)
		log_die(111, "no program ", field[5], " any more", (char *)0);
	start_become(&p.id, "/", field[5]);
	start_option(w, "-r", field[6]);
	start_word(w, "--");
	for (i = 0; i < p.argc; i++)
		start_word(w, p.argv[i]);
}

void
start_delivery(const char *cdb, const char *const *field, int fd, int said)
{
	struct start_words w = {.n = 0};
	int program = *field[5] == LOCAL_PROGRAM;

	log_start("queued");
	if (setenv("CONNID", field[3], 1) < 0 || dup2(fd, 0) < 0 ||
	    dup2(said, 1) < 0)
		log_diesys(111, "cannot start a delivery", (char *)0);
	close(fd);
	start_word(&w, program ? "delivercmd" : "deliver");
	if (program) {
		if (*field[2])
			start_word(&w, "-a");
		start_option(&w, "-f", field[4]);
		start_program(cdb, field, &w);
	} else {
		start_deliver(cdb, field[5], &w);
	}
	chain_next(w.argv);
}
