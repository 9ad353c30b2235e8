/* SPDX-License-Identifier: ISC */
/* Templates of an instance's files, filled in. */
#include "package/fill.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "package/imap.h"
#include "package/say.h"

static void
fill_put_roles(FILE *f, const struct instance *n)
{
	unsigned int r;

	for (r = 0; n->roles && r < INSTANCE_ROLES; r++)
		fprintf(f, "role_%s=%u:%u\n", instance_role_name(r),
		    n->role[r].uid, n->role[r].gid);
}

static const struct priv_id *
fill_role(const struct instance *n, const char *name, size_t len)
{
	unsigned int r;

	for (r = 0; r < INSTANCE_ROLES; r++)
		if (strlen(instance_role_name(r)) == len &&
		    strncmp(instance_role_name(r), name, len) == 0)
			return &n->role[r];
	die(111, "template: no role %.*s", (int)len, name);
}

/* Writes what the LEN bytes at NAME, between two @, stand for. */
static void
fill_name(FILE *f, const struct instance *n, const char *service,
    const char *name, size_t len)
{
	const struct priv_id *id;

	if (len == 4 && strncmp(name, "HOST", len) == 0)
		fputs(n->host, f);
	else if (len == 6 && strncmp(name, "DOMAIN", len) == 0)
		fputs(n->domain, f);
	else if (len == 7 && strncmp(name, "ADDRESS", len) == 0)
		fputs(n->address, f);
	else if (len == 4 && strncmp(name, "IMAP", len) == 0)
		fputs(imap_engine(), f);
	else if (len == 6 && strncmp(name, "OFFSET", len) == 0)
		fprintf(f, "%u", n->offset);
	else if (len == 7 && strncmp(name, "SERVICE", len) == 0)
		fputs(service, f);
	else if (len == 5 && strncmp(name, "ROLES", len) == 0)
		fill_put_roles(f, n);
	else if (len == 3 && strncmp(name, "OUT", len) == 0)
		fprintf(f, "%s%s",
		    n->out & INSTANCE_DNSSEC ? " -D run/dns/dnssecd.sock" : "",
		    n->out & INSTANCE_MTASTS ? " -M run/mtasts/mtasts.sock"
					     : "");
	else if (len == 5 && strncmp(name, "EMPTY", len) == 0)
		fputs(n->roles ? " -R run/empty" : "", f);
	else if (len == 4 && strncmp(name, "DKIM", len) == 0) {
		if (n->roles)
			fprintf(f, "-F %u:%u", n->role[ROLE_DKIM].uid,
			    n->role[ROLE_QUEUE].gid);
	} else if (len == 4 && strncmp(name, "SEND", len) == 0) {
		id = &n->role[ROLE_SEND];
		if (n->roles)
			fprintf(f, " -s %u:%u", id->uid, id->gid);
	} else if (strncmp(name, "PORT:", 5) == 0)
		fprintf(f, "%u", n->offset + (unsigned int)atoi(name + 5));
	else if (strncmp(name, "ROLE:", 5) == 0) {
		id = fill_role(n, name + 5, len - 5);
		if (n->roles)
			fprintf(f, " -u %u:%u", id->uid, id->gid);
	} else if (strncmp(name, "AS:", 3) == 0) {
		id = fill_role(n, name + 3, len - 3);
		if (n->roles)
			fprintf(f, " s6-applyuidgid -u %u -g %u -G ''", id->uid,
			    id->gid);
	} else
		fprintf(f, "@%.*s@", (int)len, name);
}

char *
fill_text(
    const struct instance *n, const struct template *t, const char *service)
{
	const char *s = t->text, *at, *end;
	char *text;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	while (f && (at = strchr(s, '@'))) {
		fwrite(s, 1, (size_t)(at - s), f);
		end = at + 1 +
		    strspn(at + 1,
			"ABCDEFGHIJKLMNOPQRSTUVWXYZ:"
			"abcdefghijklmnopqrstuvwxyz"
			"0123456789");
		if (end > at + 1 && *end == '@') {
			fill_name(
			    f, n, service, at + 1, (size_t)(end - at - 1));
			s = end + 1;
		} else {
			fputc('@', f);
			s = at + 1;
		}
	}
	if (!f || fputs(s, f) < 0 || fclose(f) != 0)
		die_sys(111, "cannot fill in %s", t->path);
	return text;
}
