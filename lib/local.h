/* SPDX-License-Identifier: ISC */
/* Which addresses are delivered here, and into which mailboxes.
 *
 * Reads compiled domains, aliases and mailboxes (mailboxes is compiled from
 * the users source and holds all of it but the password hashes). */
#ifndef LOCAL_H
#define LOCAL_H

#include <stddef.h>

#include "rules.h"

enum { LOCAL_DEPTH = 16, LOCAL_TARGETS = 1000, LOCAL_ARGUMENTS = 64 };

enum local_verdict {
	LOCAL_OK,      /* targets are mailboxes and programs, and there is one;
	                  those that do not exist are passed over */
	LOCAL_FOREIGN, /* the domain is not delivered here */
	LOCAL_UNKNOWN, /* a domain of ours, but no such mailbox or alias, or an
	                  alias none of whose targets exists */
	LOCAL_LOOP,  /* aliases loop, nest deeper than LOCAL_DEPTH, or name more
	                  than LOCAL_TARGETS targets */
	LOCAL_AWAY,  /* an alias leads to a domain that is not ours */
	LOCAL_FAILED /* rules damaged or missing, with errno: temporary */
};

struct local {
	struct rules *domains, *mailboxes, *aliases;
};

/* Called for each end of the walk. A mailbox: its key and record. With a null
 * record: an address of another domain, as the alias has it; or a program,
 * LOCAL_PROGRAM, its number in the alias, a blank, and the alias (a key). */
typedef int local_each(
    void *data, const char *mailbox, const struct rules_value *record);

/* Opens domains.cdb, mailboxes.cdb and aliases.cdb in folder DIR (aliases.cdb
 * may be missing). 0; -1 with errno. */
int local_open(struct local *l, const char *dir);
void local_close(struct local *l);

/* 1 if none of these files has been replaced since L was opened, else 0. */
int local_current(const struct local *l, const char *dir);

#define LOCAL_PROGRAM    '|'
#define LOCAL_POSTMASTER "postmaster"

/* Writes the key of the recipient S into KEY (ADDRESS_MAX + 1 bytes): that of
 * address_key, or LOCAL_POSTMASTER for <postmaster> without a domain in any
 * case, which must be taken (RFC 5321, 4.5.1). 1; 0 as address_key. */
int local_key(char *key, const char *s);

/* Writes the key KEY without its "+tag" into BASE (ADDRESS_MAX + 1 bytes). 1; 0
 * it has none. */
int local_base(char *base, const char *key);

/* Follows ADDRESS (a key of local_key) through the aliases to its mailboxes and
 * calls EACH (may be null) once for each of them, never twice for one. Exact
 * mailbox or alias first, then (user+tag@domain) that of user@domain, then the
 * domain's catch-all "@domain"; an alias that names itself means the mailbox of
 * that name. LOCAL_POSTMASTER is an alias of that name, else the postmaster of
 * the first domain. The worst verdict of all targets is returned, in the order
 * above; EACH has then been called for the good ones. It returns 0 to go on,
 * else the walk ends. */
enum local_verdict local_resolve(
    struct local *l, const char *address, local_each *each, void *data);

#endif
