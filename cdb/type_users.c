/* SPDX-License-Identifier: ISC */
/* users and mailboxes: Dovecot's passwd-file,
 * user@domain:{SCHEME}hash:uid:gid:gecos:home:shell:extra fields. The hash
 * goes into users only; no message, and no .text, ever shows it. */
#include <crypt.h>
#include <string.h>

#include "address.h"
#include "log.h"
#include "type.h"

enum {
	USERS_NAME,
	USERS_HASH,
	USERS_UID,
	USERS_GID,
	USERS_GECOS,
	USERS_HOME,
	USERS_SHELL,
	USERS_EXTRA,
	USERS_FIELDS,
	USERS_HASH_MAX = 512
};

/* Schemes, and how a crypt(3) hash of theirs begins (null: any way). */
static const struct {
	const char *scheme, *start;
} users_schemes[] = {{"CRYPT", 0}, {"YESCRYPT", "$y$"},
    {"GOST-YESCRYPT", "$gy$"}, {"SCRYPT", "$7$"}, {"BLF-CRYPT", "$2"},
    {"SHA512-CRYPT", "$6$"}, {"SHA256-CRYPT", "$5$"}, {"MD5-CRYPT", "$1$"},
    {"DES-CRYPT", ""}, {0, 0}};

/* Cuts TEXT at its first seven colons. A field that is not there is empty. */
static void
users_split(char *text, char **field)
{
	int i;

	for (i = 0; i < USERS_FIELDS; i++) {
		field[i] = text;
		text += i == USERS_EXTRA ? strlen(text) : strcspn(text, ":");
		if (*text)
			*text++ = 0;
	}
}

/* {SCHEME}hash, or a hash alone: where the hash begins, or null, said. */
static const char *
users_hash(struct compile *c, const char *s)
{
	const char *close = *s == '{' ? strchr(s, '}') : 0, *start = 0;
	size_t n, i;

	if (*s == '{') {
		n = close ? (size_t)(close - s - 1) : 0;
		for (i = 0; users_schemes[i].scheme; i++)
			if (n && strlen(users_schemes[i].scheme) == n &&
			    strncasecmp(users_schemes[i].scheme, s + 1, n) == 0)
				break;
		if (!users_schemes[i].scheme) {
			source_error(&c->source,
			    "{%.*s}: not a scheme of crypt(3); use {CRYPT}",
			    n < 32 ? (int)n : 0, s + 1);
			return 0;
		}
		start = users_schemes[i].start;
		s = close + 1;
	}
	n = strlen(s);
	if (n < 13 || n > USERS_HASH_MAX ||
	    (start && strncmp(s, start, strlen(start)) != 0) ||
	    (start && !*start && (*s == '$' || *s == '_')) ||
	    crypt_checksalt(s) == CRYPT_SALT_INVALID || strpbrk(s, " \t")) {
		source_error(&c->source,
		    "the password field is no hash of "
		    "crypt(3), or not of the scheme it names");
		return 0;
	}
	if (crypt_checksalt(s) == CRYPT_SALT_METHOD_LEGACY)
		source_warn(&c->source,
		    "the hash is of an old, weak method; "
		    "let the user set the password again");
	return s;
}

static void
users_id(struct compile *c, const char *name, const char *s)
{
	size_t n = strspn(s, "0123456789");

	if (!n || s[n] || n > 9 || (n > 1 && *s == '0'))
		source_error(&c->source, "%s: '%s' is not a number", name, s);
	else if (n == 1 && *s == '0')
		source_error(
		    &c->source, "%s 0: mail must not belong to root", name);
	else
		compile_puts(c, name, s);
}

/* from=ADDRESS,ADDRESS: a record has from= once for each. */
static void
users_from(struct compile *c, char *s)
{
	char key[ADDRESS_MAX + 1], *end;

	for (; s; s = end) {
		if ((end = strchr(s, ',')))
			*end++ = 0;
		if (!address_valid(s, strlen(s), 1) || !address_key(key, s))
			source_error(
			    &c->source, "from=: '%s' is not an address", s);
		else
			compile_puts(c, "from", key);
	}
}

static void
users_groups(struct compile *c, const char *s)
{
	const char *p, *end;

	for (p = s;; p = end + 1) {
		end = p + strcspn(p, ",");
		if (!type_group_valid(p, (size_t)(end - p))) {
			source_error(&c->source,
			    "groups=: '%s' is not names with commas between",
			    s);
			return;
		}
		if (compile_refers(c, 0, p, (size_t)(end - p)) == 0)
			source_warn(&c->source,
			    "there is no group %.*s: it gives no right",
			    (int)(end - p), p);
		if (!*end)
			break;
	}
	compile_puts(c, "groups", s);
}

/* A user without groups has the group default, if there is one. */
static void
users_default(struct compile *c)
{
	struct rules_value v = {c->value.s, c->value.len};

	if (!rules_get(&v, "groups") &&
	    compile_refers(c, 0, "default", strlen("default")) == 0)
		source_warn(&c->source,
		    "without groups=, and there is no group default: the user "
		    "has no right");
}

/* quota=BYTES, or with K, M, G, T behind: kept in bytes. */
static void
users_quota(struct compile *c, const char *s)
{
	static const char units[] = "KMGT";
	unsigned long long bytes = 0;
	size_t n = strspn(s, "0123456789"), i;
	const char *unit = s[n] ? strchr(units, s[n]) : 0;
	char text[LOG_NUM];

	if (!n || n > 6 + 6 * !s[n] || (s[n] && (!unit || s[n + 1]))) {
		source_error(&c->source,
		    "quota=%s: not a number of bytes, or "
		    "one with K, M, G or T behind it",
		    s);
		return;
	}
	for (i = 0; i < n; i++)
		bytes = bytes * 10 + (unsigned)(s[i] - '0');
	if (unit)
		bytes <<= 10 * (unit - units + 1);
	compile_puts(c, "quota", log_u64(text, bytes));
}

static void
users_extra(struct compile *c, char *text)
{
	char *field[SOURCE_FIELDS];
	int i, n = source_fields(text, field, SOURCE_FIELDS);

	if (n < 0)
		source_error(&c->source, "too many extra fields");
	for (i = 0; i < n; i++) {
		if (strncmp(field[i], "groups=", 7) == 0)
			users_groups(c, field[i] + 7);
		else if (strncmp(field[i], "quota=", 6) == 0)
			users_quota(c, field[i] + 6);
		else if (strncmp(field[i], "from=", 5) == 0)
			users_from(c, field[i] + 5);
		else if (strncmp(field[i], "userdb_", 7) != 0)
			source_error(&c->source,
			    "unknown extra field %.*s "
			    "(groups=, quota= and from= are known)",
			    (int)strcspn(field[i], "="), field[i]);
	}
}

/* The line as the record shows it: with '*' for the hash. */
static void
users_text(struct compile *c, char **field)
{
	size_t start = (size_t)(field[USERS_HASH] - field[USERS_NAME]);
	size_t end = start + strlen(field[USERS_HASH]);
	stralloc *t = &c->text;

	if (end <= start)
		return;
	memmove(t->s + start + 1, t->s + end, t->len - end);
	t->s[start] = '*';
	t->len -= end - start - 1;
}

/* One user, with the hash or (mailboxes) without. */
static void
users_record(struct compile *c, char *text, int with_hash)
{
	char *field[USERS_FIELDS], key[ADDRESS_MAX + 1];
	unsigned int errors = c->source.errors;
	const char *hash;

	users_split(text, field);
	users_text(c, field);
	if (!address_valid(field[USERS_NAME], strlen(field[USERS_NAME]), 1) ||
	    !address_key(key, field[USERS_NAME])) {
		source_error(&c->source,
		    "the first field is no address: write "
		    "user@domain:{SCHEME}hash:uid:gid::home::");
		return;
	}
	compile_begin(c);
	hash = field[USERS_HASH]; /* '*' is how mailboxes are dumped */
	if ((with_hash || strcmp(hash, "*") != 0) &&
	    !(hash = users_hash(c, hash)))
		return; /* what looks like other fields may be a password */
	if (with_hash)
		compile_puts(c, "hash", hash);
	users_id(c, "uid", field[USERS_UID]);
	users_id(c, "gid", field[USERS_GID]);
	if (field[USERS_HOME][0] != '/')
		source_error(&c->source, "home: '%s' is not a path from / on",
		    field[USERS_HOME]);
	compile_puts(c, "home", field[USERS_HOME]);
	users_extra(c, field[USERS_EXTRA]);
	users_default(c);
	if (c->source.errors == errors)
		compile_once(c, key, strlen(key), key);
}

void
users_line(struct compile *c, char *text, size_t n)
{
	(void)n;
	users_record(c, text, 1);
}

void
mailboxes_line(struct compile *c, char *text, size_t n)
{
	(void)n;
	users_record(c, text, 0);
}
