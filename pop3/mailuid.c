/* SPDX-License-Identifier: ISC */
/* Unique-ids (RFC 1939, 7): the file name up to its sizes and flags. The few
 * that cannot be one as they are (too long, other characters) are hashed. */
#include <skalibs/sha256.h>
#include <stdio.h>
#include <string.h>

#include "maildir.h"
#include "mailparts.h"

/* 1 if message M's file name begins with the N bytes at S as its uid. */
static int
mailuid_is(
    const struct maildrop *d, const struct message *m, const char *s, size_t n)
{
	return m->uid == n && memcmp(d->names + m->name, s, n) == 0;
}

/* 1 if one of the messages behind M has the N bytes at S, which begin with
 * M's uid, as its own. */
static int
mailuid_taken(
    const struct maildrop *d, const struct message *m, const char *s, size_t n)
{
	const struct message *o;

	for (o = m + 1; o < d->m + d->n && o->order == m->order &&
	     o->uid >= m->uid && memcmp(d->names + o->name, s, m->uid) == 0;
	     o++)
		if (mailuid_is(d, o, s, n))
			return 1;
	return 0;
}

/* The uid of M with its number behind, into FULL; its length. */
static size_t
mailuid_full(const struct maildrop *d, const struct message *m, char *full)
{
	size_t n = m->uid;

	memcpy(full, d->names + m->name, n);
	if (m->twin)
		n += (size_t)sprintf(full + n, "-%u", m->twin);
	return n;
}

void
maildrop_number(struct maildrop *d)
{
	char full[MAILDIR_NAME_MAX + 16];
	struct message *m, *before;
	size_t i, n;

	for (i = 1; i < d->n; i++) {
		m = &d->m[i];
		before = m - 1;
		if (before->order != m->order ||
		    !mailuid_is(d, m, d->names + before->name, before->uid))
			continue;
		m->twin = before->twin ? before->twin : 1;
		do {
			m->twin++;
			n = mailuid_full(d, m, full);
		} while (mailuid_taken(d, m, full, n));
	}
}

int
maildrop_uid_valid(const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (s[i] < 0x21 || s[i] > 0x7e)
			return 0;
	return n > 0 && n <= MAILDROP_UID;
}

size_t
maildrop_uid_hash(const char *s, size_t n, char *buf)
{
	SHA256Schedule ctx = SHA256_INIT();
	char digest[32];
	size_t i, k = 0;

	sha256_init(&ctx);
	sha256_update(&ctx, s, n);
	sha256_final(&ctx, digest);
	buf[k++] = '~';
	for (i = 0; i < 20; i++)
		k += (size_t)sprintf(
		    buf + k, "%02x", (unsigned int)(unsigned char)digest[i]);
	return k;
}

size_t
maildrop_uid(const struct maildrop *d, size_t i, char *buf)
{
	char full[MAILDIR_NAME_MAX + 16];
	size_t n;

	if (d->m[i].id)
		return strlen(strcpy(buf, d->names + d->m[i].id));
	n = mailuid_full(d, &d->m[i], full);
	if (!maildrop_uid_valid(full, n))
		return maildrop_uid_hash(full, n, buf);
	memcpy(buf, full, n);
	buf[n] = 0;
	return n;
}
