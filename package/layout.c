/* SPDX-License-Identifier: ISC */
/* What an instance consists of. */
#include "package/layout.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "package/files.h"
#include "package/fill.h"
#include "package/say.h"
#include "package/templates.h"

void
layout_folders(const struct instance *n)
{
	static const struct {
		const char *name;
		mode_t mode;
		int uid, gid; /* role, or -1: whoever runs this */
	} folder[] = {{"etc", 0755, -1, -1}, {"cdb", 0750, -1, ROLE_QUEUE},
	    {"tls", 0750, -1, ROLE_TLS}, {"run", 0755, -1, -1},
	    {"run/empty", 0755, -1, -1}, {"run/limits", 0700, -1, -1},
	    {"run/relay", 0700, -1, -1}, {"run/dns", 0750, -1, ROLE_SEND},
	    {"run/mtasts", 0750, ROLE_STS, ROLE_SEND},
	    {"mtasts", 0700, ROLE_STS, ROLE_STS}, {"queue", 0755, -1, -1},
	    {"queue/incoming", 02770, ROLE_SMTP, ROLE_QUEUE},
	    {"queue/active", 0700, ROLE_QUEUE, ROLE_QUEUE},
	    {"queue/state", 0700, ROLE_QUEUE, ROLE_QUEUE},
	    {"queue/failed", 0700, ROLE_QUEUE, ROLE_QUEUE},
	    {"queue/full", 0711, ROLE_QUEUE, ROLE_QUEUE},
	    {"mail", 0755, -1, -1}, {"log", 0755, -1, -1},
	    {"service", 0755, -1, -1}, {"made", 0755, -1, -1}};
	struct priv_id id;
	size_t k;

	for (k = 0; k < sizeof folder / sizeof *folder; k++) {
		id.uid =
		    folder[k].uid < 0 ? geteuid() : n->role[folder[k].uid].uid;
		id.gid =
		    folder[k].gid < 0 ? getegid() : n->role[folder[k].gid].gid;
		files_folder(instance_path(n, "%s", folder[k].name),
		    n->roles ? folder[k].mode : folder[k].mode & 0755,
		    n->roles ? &id : 0);
	}
}

/* A service or a log says that it is ready on descriptor 3. */
static void
layout_readiness(const char *path)
{
	FILE *f = files_start(path, 0644);

	fputs("3\n", f);
	files_finish(f, path);
}

void
layout_service(const struct instance *n, const char *name)
{
	files_folder(instance_path(n, "service/%s", name), 0755, 0);
	files_folder(instance_path(n, "service/%s/log", name), 0755, 0);
	files_folder(instance_path(n, "log/%s", name), 0750,
	    n->roles ? &n->role[ROLE_LOG] : 0);
	layout_readiness(instance_path(n, "service/%s/notification-fd", name));
	layout_readiness(
	    instance_path(n, "service/%s/log/notification-fd", name));
}

/* 1 if the template PATH is for what N does, else 0. */
static int
layout_wants(const struct instance *n, const char *path)
{
	if (strncmp(path, "service/imap", 12) == 0 ||
	    strcmp(path, "etc/ip.imap") == 0 ||
	    strcmp(path, "etc/dovecot.conf") == 0)
		return n->imap;
	if (strncmp(path, "service/dnssecd/", 16) == 0)
		return (n->out & INSTANCE_DNSSEC) != 0;
	if (strncmp(path, "service/mtasts/", 15) == 0)
		return (n->out & INSTANCE_MTASTS) != 0;
	if (strncmp(path, "service/acme-http/", 18) == 0)
		return n->acme == 2;
	return n->acme ||
	    (strncmp(path, "service/acme/", 13) != 0 &&
		strcmp(path, "etc/acme-hook") != 0);
}

static void
layout_file(const struct instance *n, const struct template *t,
    const char *service, const char *path, layout_use *use, void *to)
{
	struct layout_file f = {.path = path, .mode = t->program ? 0755 : 0644};
	char *text = fill_text(n, t, service);

	if (strcmp(path, "etc/users") == 0)
		f.mode = 0600;
	f.text = text;
	use(to, &f);
	free(text);
}

void
layout_files(const struct instance *n, layout_use *use, void *to)
{
	const struct template *t;
	const struct service *s;
	char path[INSTANCE_TEXT];

	for (t = templates; t->path; t++) {
		if (!layout_wants(n, t->path))
			continue;
		if (strcmp(t->path, "log-run") != 0) {
			layout_file(n, t, "", t->path, use, to);
			continue;
		}
		for (s = instance_next(n, 0); s; s = instance_next(n, s)) {
			snprintf(
			    path, sizeof path, "service/%s/log/run", s->name);
			layout_file(n, t, s->name, path, use, to);
		}
	}
}

static void
layout_put(const char *path, const struct layout_file *f)
{
	FILE *out = files_start(path, f->mode);

	fputs(f->text, out);
	files_finish(out, path);
}

void
layout_write(const struct instance *n, const struct layout_file *f)
{
	layout_put(instance_path(n, "%s", f->path), f);
}

void
layout_made(const struct instance *n, const struct layout_file *f)
{
	const char *slash = f->path;

	while ((slash = strchr(slash + 1, '/')))
		files_folder(instance_path(n, "made/%.*s",
				 (int)(slash - f->path), f->path),
		    0755, 0);
	layout_put(instance_path(n, "made/%s", f->path), f);
}
