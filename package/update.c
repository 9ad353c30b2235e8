/* SPDX-License-Identifier: ISC */
/* postern update: gives an instance that an older version made what this one
 * makes, and keeps what was changed there. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "package/command.h"
#include "package/files.h"
#include "package/instance.h"
#include "package/layout.h"
#include "package/say.h"
#include "package/up.h"
#include "package/verbs.h"

struct update {
	struct instance i;
	int replace; /* also what was changed */
	int made;    /* 1: the instance tells how its files were made */
	unsigned int done, kept;
};

static int
update_has(const struct update *u, const char *dir, const char *path)
{
	return access(instance_path(&u->i, "%s%s", dir, path), F_OK) == 0;
}

/* The text of DIR PATH, which the caller frees; null: it is not there. What has
 * a NUL in it is none of ours, and becomes empty. */
static char *
update_text(const struct update *u, const char *dir, const char *path)
{
	const char *name = instance_path(&u->i, "%s%s", dir, path);
	FILE *f = fopen(name, "re");
	char *text = 0;
	size_t size = 0;
	ssize_t n;

	if (!f && errno == ENOENT)
		return 0;
	if (!f || ((n = getdelim(&text, &size, 0, f)) < 0 && !feof(f)))
		die_sys(111, "cannot read %s", name);
	fclose(f);
	if (n > 0 && !text[n - 1])
		n = 0;
	if (!text && !(text = malloc(1)))
		die_sys(111, "cannot read %s", name);
	text[n > 0 ? n : 0] = 0;
	return text;
}

/* The first id above all roles of I. */
static unsigned int
update_id(const struct instance *i)
{
	unsigned int r, max = 0;

	for (r = 0; r < INSTANCE_ROLES; r++)
		if (i->role[r].uid > max)
			max = i->role[r].uid;
	return max + 1;
}

/* Gives ids to the roles that are new, and appends them to etc/instance. */
static void
update_roles(struct update *u)
{
	const char *path = instance_path(&u->i, "etc/instance");
	FILE *in = fopen(path, "re"), *out = files_start(path, 0644);
	struct priv_id *id;
	unsigned int r;
	int c;

	while (in && (c = getc(in)) != EOF)
		putc(c, out);
	if (!in || ferror(in))
		die_sys(111, "cannot read %s", path);
	fclose(in);
	for (r = 0; r < INSTANCE_ROLES; r++) {
		id = &u->i.role[r];
		if (id->uid != 0)
			continue;
		id->uid = id->gid = update_id(&u->i);
		fprintf(out, "role_%s=%u:%u\n", instance_role_name(r), id->uid,
		    id->gid);
		printf("etc/instance: role_%s=%u:%u added\n",
		    instance_role_name(r), id->uid, id->gid);
		u->done++;
	}
	files_finish(out, path);
}

/* 1 if the service or file NAME was removed here. An instance that does not
 * tell how it was made had all but what came with DNSSEC and MTA-STS. */
static int
update_removed(const struct update *u, const char *name, int late)
{
	return !update_has(u, "", name) &&
	    (u->made ? update_has(u, "made/", name) : !late);
}

static void
update_services(struct update *u)
{
	const struct service *s;
	char name[INSTANCE_TEXT];

	u->i.out = INSTANCE_MTASTS;
	if (access(INSTANCE_ANCHORS, R_OK) == 0)
		u->i.out |= INSTANCE_DNSSEC;
	for (s = instance_next(&u->i, 0); s; s = instance_next(&u->i, s)) {
		snprintf(name, sizeof name, "service/%s", s->name);
		if (update_removed(u, name, s->out != 0))
			u->i.out &= ~s->out;
		else if (!update_has(u, "", name))
			layout_service(&u->i, s->name);
	}
}

/* Says and counts what becomes of F; puts it in place. */
static void
update_put(struct update *u, const struct layout_file *f, const char *what)
{
	layout_write(&u->i, f);
	printf("%s: %s\n", f->path, what);
	u->done++;
}

/* Puts F, which was changed here, in place, and the former one beside it. */
static void
update_over(struct update *u, const struct layout_file *f)
{
	const char *path = instance_path(&u->i, "%s", f->path);
	const char *old = instance_path(&u->i, "%s.old", f->path);

	unlink(old);
	if (link(path, old) < 0)
		die_sys(111, "cannot keep %s", old);
	update_put(u, f, "replaced; what was changed is in .old");
}

/* F was changed here, and may have changed in this version too. Rules of an
 * instance that does not tell how it was made are always its own. */
static void
update_changed(struct update *u, const struct layout_file *f, int news)
{
	int rules = strncmp(f->path, "etc/", 4) == 0;

	if (u->replace && !rules)
		update_over(u, f);
	else if (news && (u->made || !rules)) {
		printf("%s: kept, as it was changed here; new in made/%s\n",
		    f->path, f->path);
		u->kept++;
	}
}

/* 1 if the folder that PATH is in is there. */
static int
update_folder(const struct update *u, const char *path)
{
	const char *slash = strrchr(path, '/');
	char folder[INSTANCE_TEXT];

	snprintf(folder, sizeof folder, "%.*s", (int)(slash ? slash - path : 0),
	    path);
	return update_has(u, "", folder);
}

static void
update_file(void *to, const struct layout_file *f)
{
	struct update *u = to;
	char *is = update_text(u, "", f->path);
	char *was = update_text(u, "made/", f->path);
	int news = !was || strcmp(was, f->text) != 0;

	if (strcmp(f->path, "etc/instance") == 0 || !update_folder(u, f->path))
		; /* what update_roles has done; a service that was removed */
	else if (!is) {
		if (!was)
			update_put(u, f, "new");
	} else if (was && strcmp(is, was) == 0) {
		if (news)
			update_put(u, f, "replaced");
	} else if (strcmp(is, f->text) != 0)
		update_changed(u, f, news);
	if (news)
		layout_made(&u->i, f);
	free(is);
	free(was);
}

static void
update_need(struct update *u, int argc, char **argv)
{
	static const struct option options[] = {
	    {"replace", 0, 0, 'r'}, {0, 0, 0, 0}};
	int c;

	while ((c = getopt_long(argc, argv, "", options, 0)) != -1)
		if (c != 'r')
			exit(100);
		else
			u->replace = 1;
	if (argc - optind != 1)
		die(100, "usage: postern update DIR [--replace]");
	instance_need(&u->i, argv[optind]);
	if (u->i.roles != (geteuid() == 0))
		die(100, "%s is run by %s: update it as such", argv[optind],
		    u->i.roles ? "root" : "an ordinary user");
}

int
verb_update(int argc, char **argv)
{
	static struct update u;
	char bin[INSTANCE_PATH];

	update_need(&u, argc, argv);
	command_path(bin);
	umask(022);
	files_lock(u.i.dir);
	u.made = update_has(&u, "made", "");
	if (u.i.roles)
		update_roles(&u);
	update_services(&u);
	layout_folders(&u.i);
	layout_files(&u.i, update_file, &u);
	command_make(&u.i);
	if (u.done && up_running(&u.i))
		printf("%s is up: postern down, and up, start what is new\n",
		    u.i.dir);
	if (!u.done && !u.kept)
		printf("%s is as this version makes it\n", u.i.dir);
	return 0;
}
