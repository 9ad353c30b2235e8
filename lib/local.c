/* SPDX-License-Identifier: ISC */
/* Which addresses are delivered here: aliases followed to mailboxes. */
#include "local.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"

enum { LOCAL_PATH_MAX = 4096 };

struct local_walk {
	struct local *local;
	local_each *each;
	void *data;
	size_t n;                        /* targets seen */
	const char *path[LOCAL_DEPTH];   /* aliases that led here */
	const char *seen[LOCAL_TARGETS]; /* mailbox records met, by place */
	enum local_verdict worst;
	int found;
};

static const char *const local_types[] = {"domains", "mailboxes", "aliases"};

static int
local_path(char *path, const char *dir, const char *type)
{
	int n = snprintf(path, LOCAL_PATH_MAX, "%s/%s.cdb", dir, type);

	if (n > 0 && n < LOCAL_PATH_MAX)
		return 0;
	errno = ENAMETOOLONG;
	return -1;
}

static struct rules *
local_file(const char *dir, const char *type)
{
	char path[LOCAL_PATH_MAX];

	return local_path(path, dir, type) < 0 ? 0 : rules_open(path, type);
}

int
local_open(struct local *l, const char *dir)
{
	l->mailboxes = l->aliases = 0;
	if (!(l->domains = local_file(dir, local_types[0])) ||
	    !(l->mailboxes = local_file(dir, local_types[1])) ||
	    (!(l->aliases = local_file(dir, local_types[2])) &&
		errno != ENOENT)) {
		int saved = errno;

		local_close(l);
		errno = saved;
		return -1;
	}
	return 0;
}

int
local_current(const struct local *l, const char *dir)
{
	const struct rules *const r[] = {l->domains, l->mailboxes, l->aliases};
	char path[LOCAL_PATH_MAX];
	size_t i;

	for (i = 0; i < sizeof r / sizeof *r; i++)
		if (local_path(path, dir, local_types[i]) < 0 ||
		    !rules_current(r[i], path))
			return 0;
	return 1;
}

void
local_close(struct local *l)
{
	rules_close(l->domains);
	rules_close(l->mailboxes);
	rules_close(l->aliases);
	l->domains = l->mailboxes = l->aliases = 0;
}

/* 1 if the record at S was met before; else notes it. -1: too many. */
static int
local_seen(struct local_walk *w, const char *s)
{
	size_t i;

	for (i = 0; i < w->n; i++)
		if (w->seen[i] == s)
			return 1;
	if (w->n == LOCAL_TARGETS)
		return -1;
	w->seen[w->n++] = s;
	return 0;
}

static void
local_worse(struct local_walk *w, enum local_verdict v)
{
	if (v > w->worst)
		w->worst = v;
}

/* Returns 0 to go on, 1 when EACH wants no more. */
static int
local_mailbox(
    struct local_walk *w, const char *key, const struct rules_value *record)
{
	int seen = local_seen(w, record->s);

	if (seen < 0)
		local_worse(w, LOCAL_LOOP);
	if (seen)
		return 0;
	w->found = 1;
	return w->each ? w->each(w->data, key, record) : 0;
}

/* Program N of the alias NAME. */
static int
local_program(struct local_walk *w, const char *name, unsigned int n)
{
	char text[ADDRESS_MAX + 16];

	w->found = 1;
	snprintf(text, sizeof text, "%c%u %s", LOCAL_PROGRAM, n, name);
	return w->each ? w->each(w->data, text, 0) : 0;
}

static int local_step(struct local_walk *w, const char *address,
    const char *spelled, size_t depth);

/* Follows every target of the alias ALIAS. */
static int
local_alias(struct local_walk *w, const char *name,
    const struct rules_value *alias, size_t depth)
{
	const char *s = 0;
	char key[ADDRESS_MAX + 1];
	unsigned int programs = 0;

	if (depth == LOCAL_DEPTH) {
		local_worse(w, LOCAL_LOOP);
		return 0;
	}
	switch (local_seen(w, alias->s)) {
	case 1:
		return 0; /* two ways to one alias: followed already */
	case -1:
		local_worse(w, LOCAL_LOOP);
		return 0;
	}
	w->path[depth] = alias->s;
	while ((s = rules_each(alias, s))) {
		if (strncmp(s, "run=", 4) == 0 &&
		    local_program(w, name, ++programs))
			return 1;
		if (strncmp(s, "to=", 3) != 0)
			continue;
		if (!address_key(key, s + 3))
			local_worse(w, LOCAL_FAILED);
		else if (local_step(w, key, s + 3, depth + 1))
			return 1;
	}
	return 0;
}

/* Finds KEY in R. 1, 0; -1 with the verdict set. */
static int
local_find(struct local_walk *w, struct rules *r, const char *key,
    struct rules_value *v)
{
	int found = r ? rules_find(r, key, strlen(key), v) : 0;

	if (found < 0)
		local_worse(w, LOCAL_FAILED);
	return found;
}

/* 1 if the alias ALIAS led here. */
static int
local_on_path(
    struct local_walk *w, const struct rules_value *alias, size_t depth)
{
	while (depth-- > 0)
		if (w->path[depth] == alias->s)
			return 1;
	return 0;
}

/* ADDRESS itself: an alias, or else a mailbox. 1 it is one (or that cannot be
 * told), and *END is what its walk returned; 0 it is neither. *LOOP: it is an
 * alias that led here. */
static int
local_own(struct local_walk *w, const char *address, size_t depth, int *loop,
    int *end)
{
	struct local *l = w->local;
	struct rules_value v;
	int found = local_find(w, l->aliases, address, &v);

	*end = 0;
	if (found < 0)
		return 1;
	*loop = found && local_on_path(w, &v, depth);
	if (found && !*loop) {
		*end = local_alias(w, address, &v, depth);
		return 1;
	}
	if ((found = local_find(w, l->mailboxes, address, &v)) > 0)
		*end = local_mailbox(w, address, &v);
	return found != 0;
}

int
local_base(char *base, const char *key)
{
	const char *plus = strchr(key, '+'), *at = strrchr(key, '@');

	if (!plus || !at || plus == key || plus > at || *key == '"' ||
	    strlen(key) > ADDRESS_MAX)
		return 0;
	memcpy(base, key, (size_t)(plus - key));
	strcpy(base + (plus - key), at);
	return 1;
}

/* An alias leads to ADDRESS, as it is SPELLED there, which is not ours. */
static int
local_away(struct local_walk *w, const char *spelled, size_t depth)
{
	local_worse(w, depth ? LOCAL_AWAY : LOCAL_FOREIGN);
	return depth && w->each ? w->each(w->data, spelled, 0) : 0;
}

static int
local_step(struct local_walk *w, const char *address, const char *spelled,
    size_t depth)
{
	struct local *l = w->local;
	const char *domain = address_domain(address);
	char base[ADDRESS_MAX + 1];
	struct rules_value v;
	int found, loop, end, based;

	if ((found = local_find(w, l->domains, domain, &v)) < 0)
		return 0;
	if (!found)
		return local_away(w, spelled, depth);
	if (local_own(w, address, depth, &loop, &end))
		return end;
	based = local_base(base, address);
	if (based && local_own(w, base, depth, &based, &end))
		return end;
	loop |= based;
	if (!loop && (found = local_find(w, l->aliases, domain - 1, &v)))
		return found < 0 ? 0 : local_alias(w, domain - 1, &v, depth);
	/* a target that is gone does not spoil the others of its alias */
	if (loop || !depth)
		local_worse(w, loop ? LOCAL_LOOP : LOCAL_UNKNOWN);
	return 0;
}

/* <postmaster> without a domain: the alias of that name, else the postmaster
 * of the first domain of the source, which stands under ".". */
static void
local_postmaster(struct local_walk *w)
{
	char key[sizeof LOCAL_POSTMASTER + 1 + ADDRESS_DOMAIN_MAX];
	struct rules_value v;
	const char *domain;
	int found = local_find(w, w->local->aliases, LOCAL_POSTMASTER, &v);

	if (found > 0)
		local_alias(w, LOCAL_POSTMASTER, &v, 0);
	if (found || (found = local_find(w, w->local->domains, ".", &v)) < 0)
		return;
	domain = found ? rules_get(&v, "domain") : 0;
	if (!domain || strlen(domain) > ADDRESS_DOMAIN_MAX) {
		local_worse(w, LOCAL_UNKNOWN);
		return;
	}
	snprintf(key, sizeof key, "%s@%s", LOCAL_POSTMASTER, domain);
	local_step(w, key, key, 0);
}

int
local_key(char *key, const char *s)
{
	if (strcasecmp(s, LOCAL_POSTMASTER) != 0)
		return address_key(key, s);
	strcpy(key, LOCAL_POSTMASTER);
	return 1;
}

enum local_verdict
local_resolve(
    struct local *l, const char *address, local_each *each, void *data)
{
	struct local_walk *w;
	enum local_verdict v;

	if (!(w = malloc(sizeof *w)))
		return LOCAL_FAILED;
	w->local = l;
	w->each = each;
	w->data = data;
	w->n = 0;
	w->worst = LOCAL_OK;
	w->found = 0;
	if (strcmp(address, LOCAL_POSTMASTER) == 0)
		local_postmaster(w);
	else
		local_step(w, address, address, 0);
	v = w->worst == LOCAL_OK && !w->found ? LOCAL_UNKNOWN : w->worst;
	free(w);
	return v;
}
