/* SPDX-License-Identifier: ISC */
/* An instance: its folder, its settings, its roles. */
#include "package/instance.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "package/say.h"
#include "package/settings.h"

static const struct service instance_services[] = {{"tlsd", 0, 0, 0, 0},
    {"dnssecd", 0, 0, 0, INSTANCE_DNSSEC}, {"mtasts", 0, 0, 0, INSTANCE_MTASTS},
    {"queued", 0, 0, 0, 0}, {"smtp", 25, "smtp", 0, 0},
    {"submission", 587, "submission", 0, 0},
    {"submissions", 465, "submission", 0, 0}, {"pop3", 110, "pop3", 0, 0},
    {"pop3s", 995, "pop3", 0, 0}, {"imap", 143, "imap", 0, 0},
    {"imaps", 993, "imap", 0, 0}, {"acme-http", 80, 0, 2, 0},
    {"acme", 0, 0, 1, 0}, {0, 0, 0, 0, 0}};

static const char *const instance_roles[INSTANCE_ROLES] = {"tls", "login",
    "smtp", "queue", "mail", "log", "acme", "send", "dkim", "dns", "sts"};

const char *
instance_role_name(enum instance_role role)
{
	return instance_roles[role];
}

const struct service *
instance_service(const char *name)
{
	const struct service *s;

	for (s = instance_services; s->name; s++)
		if (strcmp(s->name, name) == 0)
			return s;
	return 0;
}

const struct service *
instance_next(const struct instance *i, const struct service *s)
{
	s = s ? s + 1 : instance_services;
	while (s->name &&
	    (s->acme > i->acme || (s->out & ~i->out) ||
		(!i->imap && s->rules && strcmp(s->rules, "imap") == 0)))
		s++;
	return s->name ? s : 0;
}

void
instance_absolute(char *path, const char *dir)
{
	char real[PATH_MAX];

	if (!realpath(dir, real))
		die_sys(
		    errno == ENOENT || errno == ENOTDIR ? 100 : 111, "%s", dir);
	if (strlen(real) >= INSTANCE_PATH - 256)
		die(100, "%s: the path is too long", dir);
	strcpy(path, real);
}

const char *
instance_path(const struct instance *i, const char *name, ...)
{
	static char buf[4][INSTANCE_PATH];
	static unsigned int turn;
	char *p = buf[turn++ % 4];
	size_t n = strlen(i->dir);
	va_list ap;
	int len;

	memcpy(p, i->dir, n);
	p[n++] = '/';
	va_start(ap, name);
	len = vsnprintf(p + n, INSTANCE_PATH - n, name, ap);
	va_end(ap);
	if (len < 0 || (size_t)len >= INSTANCE_PATH - n)
		die(100, "%s: the path is too long", i->dir);
	return p;
}

/* One setting. 1, or 0 if it is none that belongs here. */
static int
instance_set(void *to, const char *name, const char *value)
{
	struct instance *i = to;
	char *text = 0, *end;
	size_t r;

	if (strcmp(name, "host") == 0)
		text = i->host;
	else if (strcmp(name, "domain") == 0)
		text = i->domain;
	else if (strcmp(name, "address") == 0)
		text = i->address;
	if (text) {
		if (strlen(value) >= INSTANCE_TEXT)
			return 0;
		strcpy(text, value);
		return *value != 0;
	}
	if (strcmp(name, "port_offset") == 0) {
		i->offset = (unsigned int)strtoul(value, &end, 10);
		return *value && !*end && i->offset < 64000;
	}
	if (strncmp(name, "role_", 5) != 0)
		return 0;
	for (r = 0; r < INSTANCE_ROLES; r++)
		if (strcmp(name + 5, instance_roles[r]) == 0) {
			i->roles = 1;
			return priv_id_scan(value, &i->role[r]) == 1;
		}
	return 0;
}

void
instance_need(struct instance *i, const char *dir)
{
	const char *file;

	memset(i, 0, sizeof *i);
	instance_absolute(i->dir, dir);
	file = instance_path(i, "etc/instance");
	if (!settings_read(file, instance_set, i))
		die(100, "%s is no instance: make one with postern init", dir);
	if (!*i->host || !*i->domain || !*i->address)
		die(100, "%s: host, domain and address must be set", file);
	i->imap = access(instance_path(i, "etc/dovecot.conf"), F_OK) == 0;
	if (access(instance_path(i, "service/dnssecd"), F_OK) == 0)
		i->out |= INSTANCE_DNSSEC;
	if (access(instance_path(i, "service/mtasts"), F_OK) == 0)
		i->out |= INSTANCE_MTASTS;
	if (access(instance_path(i, "etc/acme"), F_OK) == 0)
		i->acme =
		    access(instance_path(i, "service/acme-http"), F_OK) == 0
		    ? 2
		    : 1;
}
