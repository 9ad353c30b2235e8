/* SPDX-License-Identifier: ISC */
/* A user's record in the compiled users. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "auth.h"

/* The key of NAME. 1, or 0 if no user can have it. */
static int
account_key(char *key, const char *name, const char *domain)
{
	char full[ADDRESS_MAX + 1];
	int n;

	if (strchr(name, '@') || !domain)
		return address_key(key, name);
	n = snprintf(full, sizeof full, "%s@%s", name, domain);
	return n > 0 && (size_t)n < sizeof full && address_key(key, full);
}

int
account_find(
    struct account *a, struct rules *u, const char *name, const char *domain)
{
	const char *uid, *gid;
	char ids[32];
	int r;

	if (!account_key(a->key, name, domain))
		return 0;
	if ((r = rules_find(u, a->key, strlen(a->key), &a->record)) <= 0)
		return r;
	a->hash = rules_get(&a->record, "hash");
	a->home = rules_get(&a->record, "home");
	a->groups = rules_get(&a->record, "groups");
	if (!a->groups)
		a->groups = "default";
	uid = rules_get(&a->record, "uid");
	gid = rules_get(&a->record, "gid");
	errno = EPROTO;
	if (!a->hash || !a->home || !*a->home || !uid || !gid)
		return -1;
	r = snprintf(ids, sizeof ids, "%s:%s", uid, gid);
	if (r < 0 || (size_t)r >= sizeof ids || *uid < '0' || *uid > '9' ||
	    priv_id_scan(ids, &a->id) != 1)
		return -1;
	/* mail never belongs to root, and no session is his */
	return a->id.uid && a->id.gid ? 1 : -1;
}
