/* SPDX-License-Identifier: ISC */
/* What the files of /etc say of names: hosts and services. */
#include "etc.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { ETC_LINE = 1024, ETC_WORDS = 64 };

struct etc_line {
	size_t n; /* words */
	char *word[ETC_WORDS];
	char text[ETC_LINE];
};

static void
etc_split(struct etc_line *l)
{
	char *rest = l->text, *w;

	l->text[strcspn(l->text, "#\n")] = 0;
	l->n = 0;
	while (l->n < ETC_WORDS && (w = strsep(&rest, " \t\r")))
		if (*w)
			l->word[l->n++] = w;
}

/* A line that is not there whole ends before the word that was cut. */
static void
etc_cut(FILE *f, struct etc_line *l)
{
	size_t n = strlen(l->text);
	int c;

	if (n < ETC_LINE - 1 || l->text[n - 1] == '\n')
		return;
	while (n > 0 && l->text[n - 1] != ' ' && l->text[n - 1] != '\t')
		n--;
	l->text[n] = 0;
	do
		c = getc(f);
	while (c != EOF && c != '\n');
}

/* The words of the next line that has two at least. 1; 0 the end; -1 failed.
 */
static int
etc_next(FILE *f, struct etc_line *l)
{
	do {
		if (!fgets(l->text, sizeof l->text, f))
			return ferror(f) ? -1 : 0;
		etc_cut(f, l);
		etc_split(l);
	} while (l->n < 2);
	return 1;
}

/* 1; 0 no such file; -1 failed. */
static int
etc_open(const char *file, FILE **f)
{
	*f = fopen(file, "re");
	return *f ? 1 : errno == ENOENT ? 0 : -1;
}

/* 1 if one of the words but the first FROM is NAME. */
static int
etc_has(const struct etc_line *l, size_t from, const char *name)
{
	size_t i;

	for (i = from; i < l->n; i++)
		if (strcasecmp(l->word[i], name) == 0)
			return 1;
	return 0;
}

int
etc_ips(const char *file, const char *name, unsigned int family,
    struct resolve_ips *a)
{
	size_t before = a->n;
	struct etc_line l;
	struct ip ip;
	FILE *f;
	int r;

	if ((r = etc_open(file, &f)) <= 0)
		return r;
	while (a->n < RESOLVE_MAX && (r = etc_next(f, &l)) > 0)
		if (etc_has(&l, 1, name) && ip_scan(l.word[0], &ip) &&
		    (!family || ip.len == family))
			a->ip[a->n++] = ip;
	fclose(f);
	return r < 0 ? -1 : a->n > before;
}

static void
etc_add_names(const struct etc_line *l, struct resolve_names *names)
{
	size_t i;

	for (i = 1; i < l->n && names->n < RESOLVE_MAX; i++)
		if (hostname_clean(names->name[names->n], l->word[i]))
			names->n++;
}

int
etc_names(const char *file, const struct ip *ip, struct resolve_names *names)
{
	size_t before = names->n;
	struct etc_line l;
	struct ip have;
	FILE *f;
	int r;

	if ((r = etc_open(file, &f)) <= 0)
		return r;
	while (names->n < RESOLVE_MAX && (r = etc_next(f, &l)) > 0)
		if (ip_scan(l.word[0], &have) &&
		    ip_match(ip, &have, 8u * ip->len))
			etc_add_names(&l, names);
	fclose(f);
	return r < 0 ? -1 : names->n > before;
}

/* Reads "NUMBER/tcp". 1 or 0. */
static int
etc_number(const char *s, uint16_t *port)
{
	unsigned int n = 0;

	for (; *s >= '0' && *s <= '9' && n < 65536; s++)
		n = n * 10 + (unsigned int)(*s - '0');
	*port = (uint16_t)n;
	return n > 0 && n < 65536 && strcmp(s, "/tcp") == 0;
}

int
etc_port(const char *file, const char *name, uint16_t *port)
{
	struct etc_line l;
	FILE *f;
	int r;

	if ((r = etc_open(file, &f)) <= 0)
		return r;
	while ((r = etc_next(f, &l)) > 0)
		if ((strcasecmp(l.word[0], name) == 0 ||
			etc_has(&l, 2, name)) &&
		    etc_number(l.word[1], port))
			break;
	fclose(f);
	return r;
}
