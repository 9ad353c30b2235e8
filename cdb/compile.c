/* SPDX-License-Identifier: ISC */
/* Compiling a rule source, whatever its type: records, duplicates, messages. */
#include "compile.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "log.h"
#include "type.h"

enum { COMPILE_PATH = 4096 };

/* Dies 111, and leaves no temporary file behind. */
static void compile_die(struct compile *c, const char *what, const char *file)
    __attribute__((noreturn));
static void
compile_die(struct compile *c, const char *what, const char *file)
{
	if (c->maker)
		rules_abort(c->maker);
	log_diesys(111, what, file, (char *)0);
}

void
compile_nomem(struct compile *c)
{
	errno = ENOMEM;
	compile_die(c, "cannot compile", "");
}

void
compile_begin(struct compile *c)
{
	c->value.len = 0;
}

void
compile_put(struct compile *c, const char *name, const char *value, size_t n)
{
	if (!stralloc_cats(&c->value, name) ||
	    !stralloc_catb(&c->value, "=", 1) ||
	    !stralloc_catb(&c->value, value, n) || !stralloc_0(&c->value))
		compile_nomem(c);
}

void
compile_puts(struct compile *c, const char *name, const char *value)
{
	compile_put(c, name, value, strlen(value));
}

uint64_t
compile_meaning(const struct compile *c)
{
	return seen_hash(SEEN_HASH, c->value.s, c->value.len);
}

void
compile_own(struct compile *c, const void *key, size_t n)
{
	if (!c->maker || c->source.errors)
		return;
	if (rules_add(c->maker, key, n, c->value.s, c->value.len) < 0)
		compile_die(c, "cannot write compiled rules", "");
}

void
compile_write(struct compile *c, const void *key, size_t n)
{
	char line[LOG_NUM];
	size_t len = c->value.len;

	compile_puts(c, ".line", log_u64(line, c->source.line));
	compile_put(c, ".text", c->text.s, c->text.len);
	compile_own(c, key, n);
	c->value.len = len; /* the next key may have the same record */
}

/* Writes KEY if it is new. Null; or what was said of it before. */
static const struct seen_first *
compile_new(struct compile *c, const void *key, size_t n)
{
	const struct seen_first *first;
	int new = seen_add(
	    &c->seen, key, n, c->source.line, compile_meaning(c), &first);

	if (new < 0)
		compile_nomem(c);
	if (!new)
		return first;
	compile_write(c, key, n);
	return 0;
}

void
compile_again(
    struct compile *c, const struct seen_first *first, const char *shown)
{
	if (first->meaning == compile_meaning(c))
		source_warn(&c->source, "line %u says the same of %s",
		    first->line, shown);
	else
		source_warn(&c->source,
		    "line %u has said something else of %s, and stays in force",
		    first->line, shown);
}

void
compile_unique(struct compile *c, const void *key, size_t n, const char *shown)
{
	const struct seen_first *first = compile_new(c, key, n);

	if (first)
		compile_again(c, first, shown);
}

int
compile_once(struct compile *c, const void *key, size_t n, const char *shown)
{
	const struct seen_first *first = compile_new(c, key, n);

	if (first)
		source_error(&c->source, "%s is defined in line %u already",
		    shown, first->line);
	return !first;
}

/* Goes through the source. */
static void
compile_lines(struct compile *c)
{
	char *text;
	size_t n;
	int more;

	while ((more = source_next(&c->source, &text, &n)) > 0) {
		if (!stralloc_copyb(&c->text, text, n))
			compile_nomem(c);
		c->type->line(c, text, n);
	}
	if (more < 0)
		compile_die(c, "cannot read ", c->source.name);
	if (c->type->end && !c->source.errors)
		c->type->end(c);
}

static int
compile_result(struct compile *c, const char *out)
{
	struct source *s = &c->source;

	if (s->warnings > SOURCE_MESSAGES)
		source_note(s, "%u warnings", s->warnings);
	if (s->errors) {
		source_note(s, "%u error%s%s%s", s->errors,
		    s->errors > 1 ? "s" : "", out ? "; left alone: " : "",
		    out ? out : "");
		if (c->maker)
			rules_abort(c->maker);
		return 100;
	}
	if (!c->maker)
		return 0;
	if (rules_commit(c->maker) < 0)
		log_diesys(111, "cannot write ", out, (char *)0);
	return 0;
}

/* A file that must be its owner's alone is made so first, since the new one
 * takes over the mode of the old one. */
static void
compile_close(struct compile *c, const char *out)
{
	struct stat st;

	if (c->type->mode & 077 || stat(out, &st) < 0 || !(st.st_mode & 077))
		return;
	if (chmod(out, c->type->mode) < 0)
		compile_die(c, "cannot make private: ", out);
	source_note(&c->source, "%s was open to others and is mode 0%o now",
	    out, c->type->mode);
}

/* Opens what the type refers to, in DIR. */
static void
compile_open(struct compile *c, const char *dir)
{
	char path[COMPILE_PATH];
	const char *type;
	int i;

	for (i = 0; dir && i < COMPILE_REFERS; i++) {
		if (!(type = c->type->refers[i]))
			continue;
		if (snprintf(path, sizeof path, "%s/%s.cdb", dir, type) >=
		    (int)sizeof path)
			log_die(100, dir, ": too long", (char *)0);
		c->refers[i] = rules_need(path, type);
	}
}

int
compile_refers(struct compile *c, int i, const char *key, size_t n)
{
	struct rules_value v;
	int found = c->refers[i] ? rules_find(c->refers[i], key, n, &v) : -1;

	if (c->refers[i] && found < 0)
		compile_die(c, "cannot look up in ", c->type->refers[i]);
	return found;
}

int
compile_run(const struct type *type, const char *out, const char *name, int fd,
    const char *dir, int warnings)
{
	struct compile c;
	int i, result;

	memset(&c, 0, sizeof c);
	c.type = type;
	source_init(&c.source, name, fd);
	compile_open(&c, dir);
	if (out)
		compile_close(&c, out);
	if (out && !(c.maker = rules_make(out, type->name, type->mode)))
		log_diesys(111, "cannot write beside ", out, (char *)0);
	compile_lines(&c);
	result = compile_result(&c, out);
	if (!result && warnings && c.source.warnings)
		result = 1;
	for (i = 0; i < COMPILE_REFERS; i++)
		rules_close(c.refers[i]);
	seen_free(&c.seen);
	cover_free(&c.cover);
	stralloc_free(&c.kept);
	stralloc_free(&c.text);
	stralloc_free(&c.value);
	return result;
}
