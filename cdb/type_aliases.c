/* SPDX-License-Identifier: ISC */
/* aliases: ADDRESS: TARGET, TARGET... What leads back to itself is refused. A
 * target is an address, or |UID:GID /PATH ARGUMENT...: a program. */
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "local.h"
#include "priv.h"
#include "type.h"

/* The first C of S that is not inside quotes, or the end of S. */
static char *
aliases_find(char *s, char c)
{
	int quoted = 0;

	for (; *s && (quoted || *s != c); s++) {
		if (*s == '"')
			quoted = !quoted;
		else if (*s == '\\' && quoted && s[1])
			s++;
	}
	return s;
}

/* Takes the blanks off both ends of S. */
static char *
aliases_trim(char *s)
{
	size_t n;

	s += strspn(s, " \t");
	for (n = strlen(s); n && (s[n - 1] == ' ' || s[n - 1] == '\t'); n--)
		;
	s[n] = 0;
	return s;
}

/* The key of what stands before the colon: an address, @domain, or
 * postmaster. 1, or 0, said. */
static int
aliases_key(struct compile *c, char *key, const char *s)
{
	size_t n = strlen(s);

	if (strcasecmp(s, "postmaster") == 0) {
		strcpy(key, "postmaster");
		return 1;
	}
	if (*s == '@' ? address_domain_valid(s + 1, n - 1, 1)
		      : address_valid(s, n, 1))
		return address_key(key, s);
	source_error(
	    &c->source, "%s: not an address, @domain or postmaster", s);
	return 0;
}

/* The word at *S, which moves behind it: up to a blank, or what double quotes
 * hold, where a backslash keeps the next character. Null: there is none; or a
 * quote does not close, with *BAD set. */
static char *
aliases_word(char **s, int *bad)
{
	char *word, *out, *p = *s + strspn(*s, " \t");
	int quoted = *p == '"';

	if (!*p)
		return 0;
	for (word = out = p += quoted; *p; *out++ = *p++) {
		if (quoted ? *p == '"' : *p == ' ' || *p == '\t')
			break;
		if (quoted && *p == '\\' && p[1])
			p++;
	}
	if ((quoted && *p != '"') ||
	    (*p && quoted && p[1] && p[1] != ' ' && p[1] != '\t'))
		*bad = 1;
	*s = *p ? p + 1 : p;
	*out = 0;
	return word;
}

/* The program in S into the record. 1, or 0, said. */
static int
aliases_program(struct compile *c, char *s)
{
	unsigned int n = 0;
	struct priv_id id;
	char *word;
	int bad = 0;

	if (!(word = aliases_word(&s, &bad)) || !strchr(word, ':') ||
	    priv_id_scan(word, &id) != 1 || !id.uid || !id.gid) {
		source_error(&c->source,
		    "a program needs a user: write |UID:GID /PATH, of one that "
		    "is not root");
		return 0;
	}
	compile_puts(c, "run", word);
	for (; (word = aliases_word(&s, &bad)) && !bad; n++) {
		if (!n && *word != '/')
			bad = 1;
		compile_puts(c, "arg", word);
	}
	if (n && n <= LOCAL_ARGUMENTS && !bad)
		return 1;
	source_error(&c->source,
	    "a program is a path from / on, and at most %d words; blanks, "
	    "commas and quotes in double quotes",
	    LOCAL_ARGUMENTS);
	return 0;
}

/* The address S into the record, and its key behind c->kept. 1, or 0, said. */
static int
aliases_address(struct compile *c, const char *s)
{
	char key[ADDRESS_MAX + 1];

	if (!address_valid(s, strlen(s), 1) || !address_key(key, s)) {
		source_error(&c->source, "target '%s' is not an address", s);
		return 0;
	}
	compile_puts(c, "to", s);
	if (!stralloc_catb(&c->kept, key, strlen(key) + 1))
		compile_nomem(c);
	return 1;
}

/* The targets in S into the record, and their keys behind c->kept, for
 * aliases_end. Their number, or 0, said. */
static unsigned int
aliases_targets(struct compile *c, char *s)
{
	char *end;
	unsigned int n = 0;
	int more = 1;

	for (; more; s = end + 1) {
		end = aliases_find(s, ',');
		more = *end == ',';
		*end = 0;
		s = aliases_trim(s);
		if (*s == LOCAL_PROGRAM ? !aliases_program(c, s + 1)
					: !aliases_address(c, s))
			return 0;
		n++;
	}
	if (!stralloc_0(&c->kept))
		compile_nomem(c);
	if (n <= LOCAL_TARGETS)
		return n;
	source_error(&c->source, "more than %d targets", LOCAL_TARGETS);
	return 0;
}

void
aliases_line(struct compile *c, char *text, size_t n)
{
	char key[ADDRESS_MAX + 1], *colon = aliases_find(text, ':');
	size_t kept = c->kept.len;

	(void)n;
	if (!*colon) {
		source_error(&c->source, "no colon: write ADDRESS: TARGET");
		return;
	}
	*colon = 0;
	compile_begin(c);
	if (aliases_key(c, key, aliases_trim(text)) &&
	    aliases_targets(c, colon + 1) &&
	    compile_once(c, key, strlen(key), key))
		seen_find(&c->seen, key, strlen(key))->meaning = kept;
}

struct aliases_walk {
	struct compile *c;
	unsigned char *state; /* of each alias: 0, ON_PATH, or 1 + its height */
};

enum { ALIASES_ON_PATH = 255 };

/* Follows alias A, DEPTH aliases below the first. Its height (aliases under
 * it, itself counted), or 0 once it turned out to loop or nest too deep. */
static unsigned int
aliases_height(
    struct aliases_walk *w, const struct seen_first *a, unsigned int depth)
{
	unsigned char *state = w->state + (a - w->c->seen.first);
	const char *s = w->c->kept.s + a->meaning;
	const struct seen_first *next;
	unsigned int height = 1, below;

	if (*state == ALIASES_ON_PATH || depth >= LOCAL_DEPTH)
		return 0;
	if (*state)
		return depth + *state - 1 > LOCAL_DEPTH ? 0 : *state - 1U;
	*state = ALIASES_ON_PATH;
	for (; *s; s += strlen(s) + 1) {
		next = seen_find(&w->c->seen, s, strlen(s));
		if (!next || next == a) /* itself: the mailbox of that name */
			continue;
		if (!(below = aliases_height(w, next, depth + 1)))
			return 0;
		if (below + 1 > height)
			height = below + 1;
	}
	*state = (unsigned char)(height + 1);
	return height;
}

/* 1 if mail to TARGET of alias A is refused: its domain is ours, and there is
 * no such mailbox, nor (A itself means the mailbox) an alias. */
static int
aliases_nowhere(
    struct compile *c, const struct seen_first *a, const char *target)
{
	const struct seen_first *next;
	const char *domain = address_domain(target);
	char base[ADDRESS_MAX + 1];
	size_t n = strlen(target);

	if (compile_refers(c, 0, domain, strlen(domain)) != 1 ||
	    compile_refers(c, 1, target, n) != 0)
		return 0;
	next = seen_find(&c->seen, target, n);
	if (!next && local_base(base, target))
		return aliases_nowhere(c, a, base);
	if (!next) /* "@domain" */
		next = seen_find(&c->seen, domain - 1, strlen(domain - 1));
	return !next || next == a;
}

/* Warns of an alias that nobody can write to, and of targets that are none. */
static void
aliases_refers(struct compile *c, const struct seen_first *a)
{
	size_t n;
	const char *s = c->kept.s + a->meaning,
		   *key = seen_key(&c->seen, a, &n);
	const char *at = memrchr(key, '@', n);

	c->source.line = a->line;
	if (at && compile_refers(c, 0, at + 1, n - (size_t)(at + 1 - key)) == 0)
		source_warn(&c->source,
		    "%.*s: not a domain of ours; nothing is ever for it",
		    (int)n, key);
	for (; *s; s += strlen(s) + 1)
		if (aliases_nowhere(c, a, s))
			source_warn(&c->source,
			    "%s: there is no such mailbox or alias", s);
}

void
aliases_end(struct compile *c)
{
	struct aliases_walk w = {c, calloc(c->seen.n + 1, 1)};
	size_t i;

	if (!w.state)
		compile_nomem(c);
	for (i = 0; i < c->seen.n; i++)
		if (!aliases_height(&w, c->seen.first + i, 0)) {
			c->source.line = c->seen.first[i].line;
			source_error(&c->source,
			    "this alias leads back to "
			    "itself, or through more than %d others",
			    LOCAL_DEPTH);
			break;
		}
	for (i = 0; c->refers[0] && i < c->seen.n; i++)
		aliases_refers(c, c->seen.first + i);
	free(w.state);
}
