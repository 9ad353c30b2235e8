/* SPDX-License-Identifier: ISC */
/* postern user: adds, changes, removes and lists the users of an instance. */
#include <crypt.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "address.h"
#include "maildir.h"
#include "package/command.h"
#include "package/files.h"
#include "package/instance.h"
#include "package/password.h"
#include "package/say.h"
#include "package/verbs.h"
#include "priv.h"
#include "rules.h"

struct user {
	struct instance i;
	char address[ADDRESS_MAX + 1];
	char local[ADDRESS_MAX + 1]; /* the two halves of address */
	const char *domain;
	const char *groups; /* option --groups, or null */
	int mail;           /* option --mail */
};

static const struct option user_options[] = {
    {"groups", 1, 0, 'g'}, {"mail", 0, 0, 'm'}, {0, 0, 0, 0}};

static void
user_groups(const char *s)
{
	for (; *s; s++)
		if (strchr(" :=\t\n", *s) || (unsigned char)*s < ' ')
			die(100, "--groups: '%c' cannot be in a group's name",
			    *s);
}

/* The address names a folder and a line: nothing in it may break either. */
static void
user_address(struct user *u, const char *s)
{
	char *at;

	if (!address_valid(s, strlen(s), 0) || !address_key(u->address, s))
		die(100, "'%s' is no mail address", s);
	strcpy(u->local, u->address);
	at = strrchr(u->local, '@');
	*at = 0;
	u->domain = u->address + (at - u->local) + 1;
	if (strpbrk(u->local, "/:\" ") || u->local[0] == '.' ||
	    strpbrk(u->domain, "[]"))
		die(100, "'%s' cannot be the name of a mailbox", s);
}

static void
user_arguments(struct user *u, int argc, char **argv, int addresses)
{
	int c;

	memset(u, 0, sizeof *u);
	while ((c = getopt_long(argc, argv, "", user_options, 0)) != -1)
		if (c == 'g')
			user_groups(u->groups = optarg);
		else if (c == 'm')
			u->mail = 1;
		else
			exit(100);
	if (argc - optind != 1 + addresses)
		die(100, "usage: postern user %s DIR%s", argv[0],
		    addresses ? " ADDRESS" : "");
	instance_need(&u->i, argv[optind]);
	if (addresses)
		user_address(u, argv[optind + 1]);
}

/* 1 if LINE of etc/users is that of ADDRESS. */
static int
user_is(const char *line, const char *address)
{
	char key[ADDRESS_MAX + 1], name[ADDRESS_MAX + 1];
	size_t n = strcspn(line, ":");

	if (*line == '#' || line[n] != ':' || n >= sizeof name)
		return 0;
	memcpy(name, line, n);
	name[n] = 0;
	return address_key(key, name) && strcmp(key, address) == 0;
}

/* Copies etc/users into TO without the line of U; that line, or null, to OLD
 * (owned by the caller). */
static void
user_copy(const struct user *u, FILE *to, char **old)
{
	const char *path = instance_path(&u->i, "etc/users");
	FILE *f = fopen(path, "re");
	char *line = 0;
	size_t size = 0;

	*old = 0;
	if (!f)
		die_sys(111, "cannot read %s", path);
	while (getline(&line, &size, f) > 0) {
		if (!user_is(line, u->address))
			fputs(line, to);
		else if (!*old && !(*old = strdup(line)))
			die_sys(111, "no memory");
	}
	if (ferror(f))
		die_sys(111, "cannot read %s", path);
	free(line);
	fclose(f);
}

/* Makes the Maildir as its owner: what is in a mailbox is not root's to trust,
 * a link in the place of a folder least of all. */
static void
user_maildir(const char *home, const struct priv_id *id)
{
	int status;
	pid_t pid;

	if ((pid = fork()) < 0)
		die_sys(111, "cannot fork");
	if (pid == 0) {
		priv_drop(id, home);
		_exit(maildir_make("Maildir") < 0);
	}
	if (waitpid(pid, &status, 0) < 0 || status != 0)
		die(111, "cannot make %s/Maildir", home);
}

static void
user_home(const struct user *u)
{
	const struct priv_id *id = u->i.roles ? &u->i.role[ROLE_MAIL] : 0;
	char home[INSTANCE_PATH];

	files_folder(instance_path(&u->i, "mail/%s", u->domain), 0755, 0);
	snprintf(home, sizeof home, "%s",
	    instance_path(&u->i, "mail/%s/%s", u->domain, u->local));
	files_folder(home, 0700, id);
	user_maildir(home, id);
}

/* The first mailbox of an instance gets the mail to postmaster, whom RFC 5321
 * (4.5.1) wants every domain to have. */
static void
user_postmaster(const struct user *u)
{
	const char *path = instance_path(&u->i, "etc/aliases");
	char *line = 0;
	size_t size = 0;
	FILE *f = fopen(path, "re");
	int there = 0;

	if (!f)
		die_sys(111, "cannot read %s", path);
	while (!there && getline(&line, &size, f) > 0)
		there = *line != '#' && strncmp(line, "postmaster@", 11) == 0;
	free(line);
	fclose(f);
	if (there || strcmp(u->domain, u->i.domain) != 0)
		return;
	if (!(f = fopen(path, "ae")) ||
	    fprintf(f, "postmaster@%s: %s\n", u->domain, u->address) < 0 ||
	    fclose(f) != 0)
		die_sys(111, "cannot write %s", path);
	printf(
	    "postmaster@%s goes to %s (etc/aliases)\n", u->domain, u->address);
}

static int
user_domain_known(const struct user *u)
{
	struct rules *r =
	    rules_need(instance_path(&u->i, "cdb/domains.cdb"), "domains");
	struct rules_value v;
	int found = rules_find(r, u->domain, strlen(u->domain), &v);

	rules_close(r);
	return found == 1;
}

static int
user_add(int argc, char **argv)
{
	struct user u;
	uid_t uid = geteuid();
	gid_t gid = getegid();
	char hash[CRYPT_OUTPUT_SIZE], *old;
	FILE *f;

	user_arguments(&u, argc, argv, 1);
	command_make(&u.i);
	if (!user_domain_known(&u))
		die(100,
		    "%s is no domain of this server: add it to "
		    "%s/etc/domains and run make there",
		    u.domain, argv[optind]);
	password_read(hash, sizeof hash);
	files_lock(u.i.dir);
	f = files_start(instance_path(&u.i, "etc/users"), 0600);
	user_copy(&u, f, &old);
	if (old) {
		unlink(instance_path(&u.i, "etc/users.new"));
		die(100, "%s is a user already: nothing changed", u.address);
	}
	if (u.i.roles) {
		uid = u.i.role[ROLE_MAIL].uid;
		gid = u.i.role[ROLE_MAIL].gid;
	}
	fprintf(f, "%s:{CRYPT}%s:%u:%u::%s::%s%s\n", u.address, hash, uid, gid,
	    instance_path(&u.i, "mail/%s/%s", u.domain, u.local),
	    u.groups ? "groups=" : "", u.groups ? u.groups : "");
	user_home(&u);
	files_finish(f, instance_path(&u.i, "etc/users"));
	user_postmaster(&u);
	command_make(&u.i);
	return 0;
}

/* Starts a new etc/users without the line of U, which must be there: *OLD. */
static FILE *
user_without(const struct user *u, char **old)
{
	FILE *f;

	files_lock(u->i.dir);
	f = files_start(instance_path(&u->i, "etc/users"), 0600);
	user_copy(u, f, old);
	if (!*old) {
		unlink(instance_path(&u->i, "etc/users.new"));
		die(100, "there is no user %s", u->address);
	}
	return f;
}

static int
user_passwd(int argc, char **argv)
{
	struct user u;
	char hash[CRYPT_OUTPUT_SIZE], *old, *rest;
	FILE *f;

	user_arguments(&u, argc, argv, 1);
	password_read(hash, sizeof hash);
	f = user_without(&u, &old);
	rest = strchr(old, ':') + 1;
	rest += strcspn(rest, ":");
	fprintf(f, "%s:{CRYPT}%s%s", u.address, hash, rest);
	if (!strchr(rest, '\n'))
		fputc('\n', f);
	free(old);
	files_finish(f, instance_path(&u.i, "etc/users"));
	command_make(&u.i);
	return 0;
}

static int
user_del(int argc, char **argv)
{
	struct user u;
	char *old, home[INSTANCE_PATH];
	char *rm[] = {(char *)"rm", (char *)"-rf", (char *)"--", home, 0};
	FILE *f;

	user_arguments(&u, argc, argv, 1);
	f = user_without(&u, &old);
	free(old);
	files_finish(f, instance_path(&u.i, "etc/users"));
	command_make(&u.i);
	snprintf(home, sizeof home, "%s",
	    instance_path(&u.i, "mail/%s/%s", u.domain, u.local));
	if (u.mail && command_run(rm) != 0)
		die(111, "the user is gone, but %s could not be removed", home);
	if (!u.mail)
		printf("the mail stays in %s\n", home);
	command_check(&u.i, "aliases", "aliases"); /* that lead to nobody now */
	return 0;
}

static int
user_list(int argc, char **argv)
{
	struct user u;
	struct rules *r;
	struct rules_value key, v;
	unsigned int pos = 0;
	const char *groups;
	int more;

	user_arguments(&u, argc, argv, 0);
	r = rules_need(instance_path(&u.i, "cdb/mailboxes.cdb"), "mailboxes");
	while ((more = rules_next(r, &pos, &key, &v)) > 0) {
		groups = rules_get(&v, "groups");
		printf("%.*s %s\n", (int)key.n, key.s,
		    groups && *groups ? groups : "default");
	}
	rules_close(r);
	if (more < 0)
		die(111, "cdb/mailboxes.cdb is damaged");
	return 0;
}

int
verb_user(int argc, char **argv)
{
	char bin[INSTANCE_PATH];

	command_path(bin);
	umask(022);
	if (argc > 1 && strcmp(argv[1], "add") == 0)
		return user_add(argc - 1, argv + 1);
	if (argc > 1 && strcmp(argv[1], "passwd") == 0)
		return user_passwd(argc - 1, argv + 1);
	if (argc > 1 && strcmp(argv[1], "del") == 0)
		return user_del(argc - 1, argv + 1);
	if (argc > 1 && strcmp(argv[1], "list") == 0)
		return user_list(argc - 1, argv + 1);
	die(100, "usage: postern user add|passwd|del|list DIR [ADDRESS]");
}
