/* SPDX-License-Identifier: ISC */
/* How many connections a prefix has. A slot is a byte of an empty file, and
 * taken while a lock on it belongs to an open file description: the kernel
 * frees it when the last process of the session is gone, however it went. The
 * session's description is read-only, so that the file stays empty; with it a
 * session that has been taken over can lock slots, but only in this one of
 * the 4096 files. */
#include "slot.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "connfd.h"
#include "limit.h"
#include "log.h"

/* 12 bits of the hash are the file, 48 the prefix; a slot is below 2^10. The
 * session's descriptor is out of the way of those that have fixed numbers. */
enum { SLOT_BITS = 10 };

_Static_assert(LIMIT_MAX <= 1 << SLOT_BITS, "slots of prefixes overlap");

static uint64_t
slot_hash(const struct tally *s, const struct ip *ip, unsigned int plen)
{
	char key[IP_KEY];

	return tally_hash(s, key, ip_key(key, ip, plen));
}

void
slot_open(struct slot *t, const struct tally *s, const struct ip *ip,
    unsigned int plen)
{
	char name[4];
	int fd;

	snprintf(name, sizeof name, "%03x",
	    (unsigned int)(slot_hash(s, ip, plen) >> 52));
	t->take = openat(s->dir, name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	fd = t->take < 0 ? -1 : openat(s->dir, name, O_RDONLY | O_CLOEXEC);
	t->hold = fd < 0 ? -1 : fcntl(fd, F_DUPFD, CONNFD_MIN);
	if (t->hold < 0)
		log_diesys(111, "cannot open ", name, " in the state folder",
		    (char *)0);
	close(fd);
}

/* Between taking and holding the slot is never free: the lock for writing
 * becomes one for reading, which others may hold beside it, but only who had
 * the first asks for the second. */
int
slot_take(const struct slot *t, const struct tally *s, const struct ip *ip,
    unsigned int plen, unsigned long max)
{
	uint64_t at = (slot_hash(s, ip, plen) & (((uint64_t)1 << 48) - 1))
	    << SLOT_BITS;
	unsigned long i;

	for (i = 0; i < max; i++, at++)
		if (tally_trylock(t->take, F_WRLCK, at, 1)) {
			tally_lock(t->take, F_RDLCK, at, 1);
			tally_lock(t->hold, F_RDLCK, at, 1);
			return 1;
		}
	return 0;
}

void
slot_keep(const struct slot *t)
{
	char number[LOG_NUM];

	close(t->take);
	if (setenv("CONNFD", log_u64(number, (unsigned int)t->hold), 1) < 0)
		log_diesys(111, "no memory", (char *)0);
}

void
slot_leave(const struct slot *t)
{
	close(t->take);
	close(t->hold);
}
