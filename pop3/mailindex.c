/* SPDX-License-Identifier: ISC */
/* The sizes of messages whose names do not tell them (no W=), kept in the
 * Maildir, so that they are counted once and not in each session.
 *
 * The file "postern-index" has a header, "postern-index 1 SUM", and a line
 * "OCTETS BASENAME" for each message, in their order. A message never changes
 * under its base name, so a line is right for good; one that proves wrong makes
 * the file be written anew. It is written whole and renamed; what a crash or
 * another program leaves of it has a wrong sum and is as good as none. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mailparts.h"
#include "siphash.h"

enum {
	MAILINDEX_HEADER = sizeof "postern-index 1 0123456789abcdef\n" - 1,
	MAILINDEX_WORTH = 16,    /* counted, to be written for */
	MAILINDEX_DEAD = 1000,   /* lines of messages that are gone */
	MAILINDEX_MAX = 1 << 29, /* bytes */
	MAILINDEX_NUMBER = 22    /* digits, a space, a line feed, a NUL */
};

static const char mailindex_name[] = "postern-index";
static const unsigned char mailindex_key[SIPHASH_KEY] = "postern-index 1";

/* The header of a BODY of N bytes, MAILINDEX_HEADER bytes at BUF. */
static void
mailindex_header(char *buf, const char *body, size_t n)
{
	char text[MAILINDEX_HEADER + 1];

	snprintf(text, sizeof text, "postern-index 1 %016llx\n",
	    (unsigned long long)siphash(mailindex_key, body, n));
	memcpy(buf, text, MAILINDEX_HEADER);
}

/* All of the file, a NUL behind it, owned by the caller. Null: there is none
 * that is whole. */
static char *
mailindex_read(const struct maildrop *d)
{
	char header[MAILINDEX_HEADER], *s = 0;
	int fd = openat(d->dir, mailindex_name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	ssize_t r = -1;

	if (fd < 0)
		return 0;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_size >= MAILINDEX_HEADER && st.st_size <= MAILINDEX_MAX &&
	    (s = malloc((size_t)st.st_size + 1)))
		r = read(fd, s, (size_t)st.st_size);
	close(fd);
	if (s && r >= MAILINDEX_HEADER) {
		s[r] = 0;
		mailindex_header(
		    header, s + MAILINDEX_HEADER, (size_t)r - MAILINDEX_HEADER);
		if (memcmp(s, header, MAILINDEX_HEADER) == 0)
			return s;
	}
	free(s);
	return 0;
}

/* 1 if M has the base name of N bytes at S. */
static int
mailindex_is(
    const struct maildrop *d, const struct message *m, const char *s, size_t n)
{
	return m->base == n && memcmp(d->names + m->name, s, n) == 0;
}

/* One line, OCTETS and the NAME of N bytes, ended by NUL. The next message in
 * order is *AT, usually the one. */
static void
mailindex_line(
    struct maildrop *d, size_t *at, int64_t octets, const char *name, size_t n)
{
	struct message *m;

	while (*at < d->n && d->m[*at].octets >= 0)
		++*at;
	if (*at < d->n && mailindex_is(d, &d->m[*at], name, n))
		m = &d->m[(*at)++];
	else
		m = maildrop_find(d, name);
	if (!m || !mailindex_is(d, m, name, n))
		d->dead++;
	else if (m->octets < 0)
		m->octets = octets;
}

void
maildrop_index_take(struct maildrop *d, char *s)
{
	char *lf, *end;
	size_t at = 0;
	int64_t octets;

	for (; (lf = strchr(s, '\n')); s = lf + 1) {
		*lf = 0;
		octets = strtoll(s, &end, 10);
		if (end > s && *end == ' ' && octets >= 0)
			mailindex_line(
			    d, &at, octets, end + 1, (size_t)(lf - end - 1));
	}
}

void
maildrop_index_load(struct maildrop *d)
{
	char *s;

	d->indexed = 1;
	if (!(s = mailindex_read(d)))
		return;
	maildrop_index_take(d, s + MAILINDEX_HEADER);
	free(s);
}

/* 1 if message M belongs into the index. */
static int
mailindex_wants(const struct maildrop *d, const struct message *m)
{
	return m->octets > 0 && !m->sized && m->deleted != MAILDROP_REMOVED &&
	    !memchr(d->names + m->name, '\n', m->base);
}

/* Room for all lines: their bytes, or 0 if that is too much. */
static size_t
mailindex_room(const struct maildrop *d)
{
	size_t i, n = MAILINDEX_HEADER + 1;

	for (i = 0; i < d->n && n <= MAILINDEX_MAX; i++)
		if (mailindex_wants(d, &d->m[i]))
			n += MAILINDEX_NUMBER + d->m[i].base;
	return n <= MAILINDEX_MAX ? n : 0;
}

static size_t
mailindex_fill(const struct maildrop *d, char *s)
{
	const struct message *m;
	size_t n = MAILINDEX_HEADER;

	for (m = d->m; m < d->m + d->n; m++)
		if (mailindex_wants(d, m))
			n += (size_t)sprintf(s + n, "%lld %.*s\n",
			    (long long)m->octets, (int)m->base,
			    d->names + m->name);
	mailindex_header(s, s + MAILINDEX_HEADER, n - MAILINDEX_HEADER);
	return n;
}

/* Writes the N bytes at S in place of the file. What fails here costs the next
 * session its time, no more. */
static void
mailindex_write(const struct maildrop *d, const char *s, size_t n)
{
	static const char new[] = "postern-index.new";
	int fd = openat(d->dir, new,
	    O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	int whole;

	if (fd < 0)
		return;
	whole = write(fd, s, n) == (ssize_t)n;
	if (close(fd) < 0)
		whole = 0;
	if (!whole || renameat(d->dir, new, d->dir, mailindex_name) < 0)
		unlinkat(d->dir, new, 0);
}

void
maildrop_index_save(struct maildrop *d)
{
	size_t room;
	char *s;

	if (!d->indexed ||
	    (d->counted < MAILINDEX_WORTH && !d->wrong &&
		d->dead < MAILINDEX_DEAD))
		return;
	if (!(room = mailindex_room(d)) || !(s = malloc(room)))
		return;
	mailindex_write(d, s, mailindex_fill(d, s));
	free(s);
}
