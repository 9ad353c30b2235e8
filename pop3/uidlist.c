/* SPDX-License-Identifier: ISC */
/* Reading lists of unique-ids. */
#include "uidlist.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "maildir.h"

/* All of S, up to a space or its end, as a number of 32 bits. *END behind it. 1
 * or 0. */
static int
uidlist_number(const char *s, unsigned long *v, const char **end)
{
	const char *p = s;

	for (*v = 0; *p >= '0' && *p <= '9'; p++)
		if ((*v = *v * 10 + (unsigned long)(*p - '0')) > 0xffffffff)
			return 0;
	*end = p;
	return p > s && (!*p || *p == ' ');
}

/* The header of dovecot-uidlist: *V is its uid validity. 1 or 0. */
static int
uidlist_header(const char *s, unsigned long *v)
{
	const char *end;

	if (strncmp(s, "3 ", 2) != 0)
		return 0;
	for (s++; s && *s == ' '; s = strchr(s + 1, ' '))
		if (s[1] == 'V')
			return uidlist_number(s + 2, v, &end) && *v > 0;
	return 0;
}

/* Takes the fields behind the uid apart, up to *NAME: the unique-id at *ID or
 * null, the POP3 order. 1 or 0. */
static int
uidlist_fields(char *p, char **id, unsigned long *order, const char **name)
{
	const unsigned long none = 0xffffffff;
	const char *end;

	*id = 0;
	*order = none;
	for (; p && *p == ' '; p = strchr(p, ' ')) {
		*p++ = 0;
		if (*p == ':')
			break;
		if (*p == 'P')
			*id = p + 1;
		if (*p == 'O' && !uidlist_number(p + 1, order, &end))
			*order = none;
	}
	if (!p || *p != ':' || !p[1])
		return 0;
	*name = p + 1;
	return 1;
}

/* A message's line of dovecot-uidlist: UID [FIELD...] :NAME. */
static int
uidlist_dovecot(char *s, unsigned long v, uidlist_each *each, void *data)
{
	char made[MAILDIR_NAME_MAX + 1], *id;
	unsigned long uid, order;
	struct uidlist_entry e;
	const char *end;

	if (!uidlist_number(s, &uid, &end) || !uid || *end != ' ' ||
	    !uidlist_fields(s + (end - s), &id, &order, &e.name))
		return 0;
	if (!id)
		snprintf(made, sizeof made, "%08x%08x", (unsigned int)uid,
		    (unsigned int)v);
	else if (!*id)
		snprintf(made, sizeof made, "%.*s", (int)strcspn(e.name, ":"),
		    e.name);
	e.id = id && *id ? id : made;
	e.place = (uint64_t)order << 32 | uid;
	return each(data, &e);
}

/* A line of a map: UNIQUE-ID NAME. */
static int
uidlist_map(char *s, uidlist_each *each, void *data)
{
	char *space = strchr(s, ' ');
	struct uidlist_entry e = {.id = s, .place = UINT64_MAX};

	if (*s == '#' || !space || space == s || !space[1])
		return 0;
	*space = 0;
	e.name = space + 1;
	return each(data, &e);
}

int
uidlist_walk(char *s, size_t n, uidlist_each *each, void *data)
{
	char *end = s + n, *lf;
	unsigned long v = 0;
	int dovecot, first = 1, r = 0;

	*end = 0;
	/* other versions of dovecot-uidlist are a number alone, or begin so */
	dovecot = *s >= '0' && *s <= '9' && s[strspn(s, "0123456789")] == ' ' &&
	    s[1] == ' ';
	for (; s < end && !r; s = lf + 1, first = 0) {
		if (!(lf = memchr(s, '\n', (size_t)(end - s))))
			break; /* a last line that is not whole */
		*lf = 0;
		if (first && dovecot && !uidlist_header(s, &v)) {
			errno = EPROTO;
			return -1;
		}
		if (!dovecot)
			r = uidlist_map(s, each, data);
		else if (!first)
			r = uidlist_dovecot(s, v, each, data);
	}
	return r ? -1 : 0;
}
