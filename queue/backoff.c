/* SPDX-License-Identifier: ISC */
/* Which destinations are left alone, kept over a restart. */
#include "queue/backoff.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "address.h"
#include "log.h"

enum {
	BACKOFF_EVERY = 3, /* seconds */
	BACKOFF_DIGITS = 18,
	BACKOFF_LINE = ADDRESS_MAX + DEST_REASON + 64 /* the longest */
};

static const char backoff_name[] = "destinations";
static const char backoff_temp[] = "tmp.destinations";
static const char backoff_first[] = "postern-destinations 1";
static const char *const backoff_kinds[] = {"any", "strict"};

/* 1 if nothing is known of D that a restart should not forget. */
static int
backoff_old(const struct dest *d, uint64_t now)
{
	return !d->fails || d->until + DEST_BACKOFF_MAX <= now;
}

/* The word at *S, which moves behind the blank after it; null: there is none
 * behind. */
static char *
backoff_word(char **s)
{
	char *word = *s, *blank = word ? strchr(word, ' ') : 0;

	if (!blank || blank == word)
		return *s = 0;
	*blank = 0;
	*s = blank + 1;
	return word;
}

/* The number S, at most MAX; -1: it is none. */
static int64_t
backoff_number(const char *s, int64_t max)
{
	size_t n = s ? strspn(s, "0123456789") : 0;
	int64_t number;

	if (!n || n > BACKOFF_DIGITS || s[n])
		return -1;
	number = (int64_t)strtoull(s, 0, 10);
	return number < max ? number : max;
}

/* Takes a line. 1, or 0: it is none. */
static int
backoff_line(struct dests *all, char *s, uint64_t now)
{
	int64_t until = backoff_number(
		    backoff_word(&s), (int64_t)(now + DEST_BACKOFF_MAX)),
		fails = backoff_number(backoff_word(&s), DEST_FAILS);
	const char *kind = backoff_word(&s), *domain = backoff_word(&s);
	struct dest *d;
	int strict;

	if (until < 0 || fails < 1 || !domain || !*s ||
	    strlen(domain) > ADDRESS_MAX || strlen(s) >= DEST_REASON)
		return 0;
	strict = strcmp(kind, backoff_kinds[1]) == 0;
	if (!strict && strcmp(kind, backoff_kinds[0]) != 0)
		return 0;
	if ((uint64_t)until + DEST_BACKOFF_MAX <= now)
		return 1;
	if ((d = dest_get(all, domain, strict))) {
		d->until = (uint64_t)until;
		d->fails = (unsigned int)fails;
		strcpy(d->reason, s);
	}
	return 1;
}

static int
backoff_printable(const char *s, size_t n)
{
	for (; n > 0; n--, s++)
		if ((unsigned char)*s < ' ' || *s == 127)
			return 0;
	return 1;
}

int
backoff_parse(struct dests *d, char *text, size_t n, uint64_t now)
{
	char *end = text + n, *lf;
	size_t lines = 0;

	for (; text < end; text = lf + 1, lines++) {
		lf = memchr(text, '\n', (size_t)(end - text));
		if (!lf || !backoff_printable(text, (size_t)(lf - text)))
			return 0;
		*lf = 0;
		if (lines == 0 ? strcmp(text, backoff_first) != 0
			       : !backoff_line(d, text, now))
			return 0;
		if (lines == BACKOFF_DESTS)
			break;
	}
	return lines > 0;
}

void
backoff_load(int dir, struct dests *d, uint64_t now)
{
	int fd = openat(
	    dir, backoff_name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	char *text = 0;
	ssize_t n = -1;

	if (fd < 0 && errno == ENOENT)
		return;
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_size <= BACKOFF_SIZE &&
	    (text = malloc((size_t)st.st_size + 1)))
		n = read(fd, text, (size_t)st.st_size);
	if (n < 0 || !backoff_parse(d, text, (size_t)n, now))
		log_event("destinations-damaged", "file", "state/destinations",
		    (char *)0);
	d->changed = 0;
	free(text);
	if (fd >= 0)
		close(fd);
}

/* Writes what is known of D. 1, or 0: it is not worth a line, or has none. */
static int
backoff_put(FILE *f, const struct dest *d, uint64_t now)
{
	size_t n = strlen(d->domain);

	if (backoff_old(d, now) || !n || strchr(d->domain, ' ') ||
	    !backoff_printable(d->domain, n) || !*d->reason ||
	    !backoff_printable(d->reason, strlen(d->reason)))
		return 0;
	fprintf(f, "%llu %u %s %s %s\n", (unsigned long long)d->until, d->fails,
	    backoff_kinds[d->strict != 0], d->domain, d->reason);
	return 1;
}

/* Writes them all. How many, or -1. */
static int
backoff_write(int fd, const struct dests *all, uint64_t now)
{
	FILE *f = fdopen(fd, "w");
	const struct dest *d;
	int n = 0;
	size_t i;

	if (!f) {
		close(fd);
		return -1;
	}
	fprintf(f, "%s\n", backoff_first);
	for (i = 0; i < DEST_TABLE; i++)
		for (d = all->table[i]; d; d = d->chain)
			if (n < BACKOFF_DESTS &&
			    ftell(f) < BACKOFF_SIZE - BACKOFF_LINE)
				n += backoff_put(f, d, now);
	if (ferror(f))
		n = -1;
	return fclose(f) < 0 ? -1 : n;
}

int
backoff_keep(int dir, struct dests *d, uint64_t now)
{
	int fd, n = -1;

	if (!d->changed)
		return 0;
	if (now - d->kept < BACKOFF_EVERY)
		return 1;
	d->changed = 0;
	d->kept = now;
	fd = openat(
	    dir, backoff_temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd >= 0)
		n = backoff_write(fd, d, now);
	if (n < 0 || renameat(dir, backoff_temp, dir, backoff_name) < 0) {
		log_event("destinations-unkept", "reason", strerror(errno),
		    (char *)0);
		unlinkat(dir, backoff_temp, 0);
	}
	return 0;
}
