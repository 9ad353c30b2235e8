/* SPDX-License-Identifier: ISC */
/* checkpw: a checkpassword program on compiled users and groups. */
#include <errno.h>
#include <skalibs/sgetopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "after.h"
#include "auth.h"
#include "chain.h"
#include "log.h"
#include "login.h"
#include "ucspi.h"
#include "usage.h"

enum { CHECKPW_FD = 3, CHECKPW_FROM = 256, CHECKPW_PATH = 4096 };

static const char checkpw_usage[] =
    "usage: checkpw [-s service] [-d domain] [-a command] [-e]\n"
    "    users.cdb groups.cdb [next...]\n"
    "Checks the user and password on descriptor 3; if right, becomes that user\n"
    "and runs next...\n"
    "  -s service  and he must have the right to pop, imap, smtp or incoming\n"
    "  -d domain   of login names that have none\n"
    "  -a command  to run after a right password, before becoming that user\n"
    "  -e          do not become that user: Dovecot will, and is told who it is\n"
    "exits 1 for a bad password, 2 for misuse, 111 for temporary trouble\n";

struct checkpw {
	const char *service, *domain; /* or null */
	const char *users, *groups;   /* files */
	int stay;                     /* -e: next is told whom to become */
	struct after after;
	const char *address; /* the client's, or null */
	struct ip ip;
};

int checkpw_main(int, char **);

static void
checkpw_option(struct checkpw *c, int opt, const char *arg)
{
	static const char *const services[] = {
	    "pop", "imap", "smtp", "incoming", 0};
	size_t i;

	switch (opt) {
	case 's':
		for (i = 0; services[i]; i++)
			if (strcmp(services[i], arg) == 0)
				c->service = services[i];
		if (!c->service)
			log_die(100, "option -s: no service ", arg, (char *)0);
		return;
	case 'd':
		if (!address_domain_valid(arg, strlen(arg), 1))
			log_die(100, "option -d: no domain ", arg, (char *)0);
		c->domain = arg;
		return;
	case 'e':
		c->stay = 1;
		return;
	case 'a':
		if (!after_words(&c->after, arg))
			log_die(100, "option -a: no command, or too long",
			    (char *)0);
		return;
	case 'h':
		usage_help(checkpw_usage);
	default:
		usage_die(checkpw_usage);
	}
}

/* The line that tells how a login ended; REASON is null if it is right. */
static void
checkpw_log(const struct checkpw *c, const char *user, const char *reason)
{
	log_event(reason ? "login-failed" : "login", "ip", c->address, "user",
	    user, "service", c->service, "reason", reason, (char *)0);
}

static int
checkpw_trouble(const struct checkpw *c, const char *user, const char *what)
{
	log_event("login-failed", "ip", c->address, "user", user, "service",
	    c->service, "reason", what, "error", strerror(errno), (char *)0);
	return 111;
}

/* The right to the service, after the password was right. */
static int
checkpw_right(const struct checkpw *c, const struct account *a)
{
	struct rules *g;
	int r;

	if (!c->service)
		return 0;
	if (!(g = rules_open(c->groups, "groups")))
		return checkpw_trouble(c, a->key, "cannot read the groups");
	r = rights_granted(g, a->groups, c->service, c->address ? &c->ip : 0);
	rules_close(g);
	if (r < 0)
		return checkpw_trouble(c, a->key, "damaged groups");
	if (r == 0)
		checkpw_log(c, a->key, "no right to this service from here");
	return r == 0;
}

/* Password and right. 0 both; 1 no; 111 could not be checked. */
static int
checkpw_check(const struct checkpw *c, struct rules *u, const struct request *q,
    struct account *a)
{
	int r = account_find(a, u, q->user, c->domain);

	if (r < 0)
		return checkpw_trouble(c, q->user, "damaged users");
	if (r == 0) {
		password_waste(q->password, u);
		checkpw_log(c, q->user, "no such user");
		return 1;
	}
	if ((r = password_right(q->password, a->hash)) < 0)
		return checkpw_trouble(c, a->key, "cannot compute the hash");
	if (r == 0) {
		checkpw_log(c, a->key, "wrong password");
		return 1;
	}
	if (password_weak(a->hash))
		log_event("weak-hash", "user", a->key, "hint",
		    "set the password anew", (char *)0);
	return checkpw_right(c, a);
}

/* Adds NAME=VALUE at *AT in TEXT, and to ENV. 0, or -1 if it does not fit. */
static int
checkpw_add(char *text, size_t *at, const char **env, const char *name,
    const char *value)
{
	size_t n = strlen(name) + strlen(value) + 2;

	if (n > LOGIN_ANSWER_MAX - 1 - *at)
		return -1;
	*env = text + *at;
	stpcpy(stpcpy(stpcpy(text + *at, name), "="), value);
	*at += n;
	return 0;
}

/* Tells a monitor that waits for it who is logged in, and as whom he may send:
 * as himself, and as his record says. */
static int
checkpw_tell(const struct account *a)
{
	const char *env[CHECKPW_FROM + 3] = {0}, *s = 0;
	char text[LOGIN_ANSWER_MAX];
	size_t n = 2, at = 0;

	if (checkpw_add(text, &at, &env[0], "USER", a->key) < 0 ||
	    checkpw_add(text, &at, &env[1], "FROM", a->key) < 0)
		return -1;
	while ((s = rules_each(&a->record, s))) {
		if (strncmp(s, "from=", 5) != 0)
			continue;
		if (n == CHECKPW_FROM + 2 ||
		    checkpw_add(text, &at, &env[n++], "FROM", s + 5) < 0)
			return -1;
	}
	login_tell(env);
	return 0;
}

/* Changes to the home folder on behalf of its owner. */
static int
checkpw_home(const struct account *a)
{
	if (geteuid() != 0 && a->id.uid != geteuid()) {
		errno = EPERM;
		return -1;
	}
	return priv_enter(&a->id, a->home);
}

/* What the next program is told of the user. */
static void
checkpw_env(const struct account *a)
{
	const char *quota = rules_get(&a->record, "quota");
	char maildir[CHECKPW_PATH];

	snprintf(maildir, sizeof maildir, "%s/Maildir", a->home);
	if (setenv("USER", a->key, 1) < 0 || setenv("HOME", a->home, 1) < 0 ||
	    setenv("SHELL", "/bin/sh", 1) < 0 ||
	    setenv("MAILGROUPS", a->groups, 1) < 0 ||
	    setenv("MAILDIR", maildir, 1) < 0 ||
	    (quota ? setenv("QUOTA", quota, 1) : unsetenv("QUOTA")) < 0)
		log_diesys(111, "no memory", (char *)0);
}

/* -e: as Dovecot's checkpassword-reply takes it. */
static void
checkpw_ids(const struct account *a)
{
	char number[LOG_NUM];

	if (setenv("userdb_uid", log_u64(number, a->id.uid), 1) < 0 ||
	    setenv("userdb_gid", log_u64(number, a->id.gid), 1) < 0 ||
	    setenv("EXTRA", "userdb_uid userdb_gid", 1) < 0)
		log_diesys(111, "no memory", (char *)0);
}

/* Runs the command of -a, where this program was started: the home folder is
 * the user's, to whom no name there may lead. The login is right whatever comes
 * of it. */
static void
checkpw_after(const struct checkpw *c, const struct account *a)
{
	char number[LOG_NUM];
	int r;

	if (!c->after.argv[0])
		return;
	r = after_run(&c->after);
	log_start("checkpw");
	if (r != 0)
		log_event("error", "user", a->key, "command", c->after.argv[0],
		    "exit", log_u64(number, (unsigned int)r), (char *)0);
}

/* The password is right: says so, and, if there is something to run, becomes
 * the user for good. 0 nothing to run; -1 run it; 111. */
static int
checkpw_become(const struct checkpw *c, const struct account *a, char **next)
{
	checkpw_env(a);
	checkpw_after(c, a);
	if (c->stay)
		checkpw_ids(a);
	else if (*next && checkpw_home(a) < 0)
		return checkpw_trouble(c, a->key, a->home);
	errno = EMSGSIZE;
	if (checkpw_tell(a) < 0)
		return checkpw_trouble(c, a->key, "too many from=");
	checkpw_log(c, a->key, 0);
	if (!*next)
		return 0;
	if (!c->stay)
		priv_drop(geteuid() == 0 ? &a->id : 0, 0);
	return -1;
}

/* All of it. The exit code, or -1: run the next program, which stands above
 * main's part of the stack but not above this one. */
__attribute__((noinline)) static int
checkpw_run(struct checkpw *c, char **next)
{
	struct request q;
	struct account a;
	struct rules *u;
	int r = ucspi_env();

	c->address = r == 1 ? getenv("TCPREMOTEIP") : 0;
	if (!request_read(&q, CHECKPW_FD)) {
		priv_wipe(&q, sizeof q);
		log_event(
		    "error", "reason", "no request on descriptor 3", (char *)0);
		return 2;
	}
	if (r < 0 || (c->address && !ip_scan(c->address, &c->ip)))
		r = checkpw_trouble(c, q.user, "bad client address");
	else if (!(u = rules_open(c->users, "users")))
		r = checkpw_trouble(c, q.user, "cannot read the users");
	else {
		r = checkpw_check(c, u, &q, &a);
		if (r == 0)
			r = checkpw_become(c, &a, next);
		rules_close(u);
	}
	priv_wipe(&q, sizeof q);
	return r;
}

int
checkpw_main(int argc, char **argv)
{
	struct checkpw c;
	subgetopt opt = SUBGETOPT_ZERO;
	int o, r;

	log_start("checkpw");
	c.service = c.domain = 0;
	c.stay = 0;
	c.after.argv[0] = 0;
	opt.err = 0;
	while ((o = subgetopt_r(
		    argc, (char const *const *)argv, "s:d:a:eh", &opt)) != -1)
		checkpw_option(&c, o, opt.arg);
	argv += opt.ind;
	if (argc - opt.ind < 2)
		usage_die(checkpw_usage);
	c.users = argv[0];
	c.groups = argv[1];
	if ((r = checkpw_run(&c, argv + 2)) >= 0)
		return r;
	chain_next(argv + 2);
}
