/* SPDX-License-Identifier: ISC */
/* The domains that mail has to go to. */
#include "queue/dest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "address.h"
#include "idn.h"

enum {
	DEST_BACKOFF_FIRST = 60,
	DEST_LINKS = 4,      /* connections to one */
	DEST_PER_LINK = 10,  /* waiting messages that are worth another one */
	DEST_ROOM = 500,     /* messages that may wait in memory */
	DEST_ROOM_NEW = 2,   /* the same, before it has been reached */
	DEST_LATER_NEW = 3,  /* seconds */
	DEST_SPREAD_NEW = 10 /* as DEST_SPREAD */
};

static struct dest **
dest_place(struct dests *d, const char *domain, int strict)
{
	unsigned int h = (unsigned int)strict;
	struct dest **p;
	const char *s;

	for (s = domain; *s; s++)
		h = h * 31 + (unsigned char)*s;
	for (p = &d->table[h % DEST_TABLE]; *p; p = &(*p)->chain)
		if ((*p)->strict == strict && strcmp((*p)->domain, domain) == 0)
			break;
	return p;
}

struct dest *
dest_get(struct dests *d, const char *domain, int strict)
{
	struct dest **p = dest_place(d, domain, strict);
	size_t n = strlen(domain) + 1;

	if (*p || !(*p = calloc(1, sizeof **p + n)))
		return *p;
	memcpy((*p)->domain, domain, n);
	(*p)->strict = strict;
	(*p)->number = ++d->number;
	return *p;
}

struct dest *
dest_find(struct dests *d, const char *address, int strict)
{
	char key[ADDRESS_MAX + 1];
	const char *domain = "";
	char ascii[IDN_SIZE];

	if (address_key(key, address))
		domain = address_domain(key);
	if (idn_ascii(ascii, domain))
		domain = ascii;
	return dest_get(d, domain, strict);
}

void
dest_worked(struct dests *all, struct dest *d)
{
	if (!d->proven && d->postponed && all->reached_n < DEST_REACHED)
		all->reached[all->reached_n++] = d->number;
	all->changed |= d->fails > 0;
	d->fails = 0;
	d->postponed = 0;
	d->until = 0;
	d->proven = 1;
}

unsigned int
dest_reached(struct dests *d)
{
	return d->reached_n ? d->reached[--d->reached_n] : 0;
}

void
dest_failed(struct dests *all, struct dest *d, const char *reason, uint64_t now)
{
	uint64_t delay = DEST_BACKOFF_FIRST;
	unsigned int i;

	for (i = 0; i < d->fails && delay < DEST_BACKOFF_MAX; i++)
		delay *= 2;
	d->fails += d->fails < DEST_FAILS;
	d->proven = 0;
	all->changed = 1;
	d->until = now + (delay < DEST_BACKOFF_MAX ? delay : DEST_BACKOFF_MAX);
	snprintf(d->reason, sizeof d->reason, "%s", reason);
}

void
dest_retry(struct dests *d, const char *domain)
{
	struct dest *p;
	size_t i;

	for (i = 0; i < DEST_TABLE; i++)
		for (p = d->table[i]; p; p = p->chain)
			if (strcmp(domain, "*") == 0 ||
			    strcasecmp(domain, p->domain) == 0) {
				d->changed |= p->until > 0;
				p->until = 0;
			}
}

unsigned int
dest_links(const struct dest *d)
{
	size_t n;

	if (!d->backlog.n && !d->links)
		return 0;
	if (!d->proven)
		return 1;
	n = d->links ? d->links + d->backlog.n / DEST_PER_LINK : 1;
	return n < DEST_LINKS ? (unsigned int)n : DEST_LINKS;
}

unsigned int
dest_busy(struct dest *d, uint64_t now)
{
	if (d->until > now)
		return 0; /* it will be deferred, with the reason */
	if (d->backlog.n < (d->proven ? DEST_ROOM : DEST_ROOM_NEW))
		return 0;
	d->postponed++;
	if (d->proven)
		return 1 + (unsigned int)(d->postponed / DEST_SPREAD);
	return DEST_LATER_NEW + (unsigned int)(d->postponed / DEST_SPREAD_NEW);
}

void
dest_tidy(struct dests *d, uint64_t now)
{
	struct dest **p, *gone;
	size_t i;

	for (i = 0; i < DEST_TABLE; i++)
		for (p = &d->table[i]; *p;) {
			gone = *p;
			if (gone->backlog.n || gone->links || gone->queued ||
			    gone->until + DEST_BACKOFF_MAX > now) {
				p = &gone->chain;
				continue;
			}
			*p = gone->chain;
			free(gone);
		}
}
