/* SPDX-License-Identifier: ISC */
/* Compiled rules. The only file that includes <cdb.h>, tinycdb's; skalibs has
 * functions of the same names, so -lcdb stands before -lskarnet in the link
 * (t/unit/rules.c would crash otherwise). */
#include "rules.h"

#include <cdb.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"
#include "vouch.h"

enum { RULES_TYPE_MAX = 32, RULES_TYPE_KEY = 5, RULES_SLOT = 8 };

static const char rules_type_key[RULES_TYPE_KEY + 1] = "\0type";
static const char rules_version[] = " 2";

struct rules {
	struct cdb cdb;
	struct vouch vouch;
	dev_t dev; /* which file it is: while it is mapped, no other one can */
	ino_t ino; /* be the same */
};

struct rules_maker {
	struct cdb_make make;
	int fd;
	char *temp; /* the temporary file, and behind it the final name */
	char *file;
};

/* The found value as a run of strings: the last byte must be NUL. */
static int
rules_value(struct rules *r, struct rules_value *v)
{
	v->n = cdb_datalen(&r->cdb);
	v->s = cdb_getdata(&r->cdb);
	if (!v->s || v->n > RULES_VALUE_MAX || (v->n && v->s[v->n - 1])) {
		errno = EPROTO;
		return -1;
	}
	return 1;
}

/* The two numbers at POS, if they can be believed. */
static const unsigned char *
rules_pair(struct rules *r, size_t pos)
{
	return vouch_range(&r->vouch, pos, RULES_SLOT)
	    ? cdb_get(&r->cdb, RULES_SLOT, (unsigned)pos)
	    : 0;
}

/* 1 if the record at POS, its key and its value can be believed, else 0. */
static int
rules_sound(struct rules *r, size_t pos)
{
	const unsigned char *p = rules_pair(r, pos);

	return p &&
	    vouch_range(&r->vouch, pos + RULES_SLOT,
		(size_t)cdb_unpack(p) + cdb_unpack(p + 4));
}

/* 1 if all that a lookup of KEY looks at can be believed, else 0: the slots
 * from its hash's own to the first empty one, the records with that hash. */
static int
rules_vouched(struct rules *r, const void *key, size_t n)
{
	unsigned int hash = cdb_hash(key, (unsigned)n), slots, i, at;
	const unsigned char *p = rules_pair(r, hash % 256 * RULES_SLOT);
	size_t table;

	if (!p)
		return 0;
	table = cdb_unpack(p);
	slots = cdb_unpack(p + 4);
	for (i = 0; i < slots; i++) {
		at = (hash / 256 % slots + i) % slots;
		if (!(p = rules_pair(r, table + (size_t)at * RULES_SLOT)))
			return 0;
		if (cdb_unpack(p + 4) == 0)
			return 1;
		if (cdb_unpack(p) == hash && !rules_sound(r, cdb_unpack(p + 4)))
			return 0;
	}
	return 1;
}

static int
rules_lookup(struct rules *r, const void *key, size_t n)
{
	int found =
	    rules_vouched(r, key, n) ? cdb_find(&r->cdb, key, (unsigned)n) : -1;

	if (found < 0)
		errno = EPROTO;
	return found;
}

/* 1 if the file is whole and says it is of TYPE. */
static int
rules_typed(struct rules *r, const char *type)
{
	char want[RULES_TYPE_MAX];
	struct rules_value v;
	int n;

	n = snprintf(want, sizeof want, "%s%s", type, rules_version);
	if (n < 0 || (size_t)n >= sizeof want)
		return 0;
	return rules_lookup(r, rules_type_key, RULES_TYPE_KEY) > 0 &&
	    rules_value(r, &v) == 1 && v.n == (size_t)n + 1 &&
	    memcmp(v.s, want, v.n) == 0;
}

/* The file FD mapped into memory, or NULL with errno. */
static struct rules *
rules_map(int fd, size_t *size)
{
	struct rules *r;
	struct stat st;

	if (fstat(fd, &st) < 0 || !(r = malloc(sizeof *r)))
		return 0;
	*size = (size_t)st.st_size;
	r->dev = st.st_dev;
	r->ino = st.st_ino;
	if (cdb_init(&r->cdb, fd) == 0)
		return r;
	if (errno == 0 || errno == EINVAL)
		errno = EPROTO;
	free(r);
	return 0;
}

struct rules *
rules_open(const char *file, const char *type)
{
	struct rules *r;
	size_t size;
	int fd;

	if ((fd = open(file, O_RDONLY | O_CLOEXEC)) < 0)
		return 0;
	r = rules_map(fd, &size);
	close(fd); /* the file stays mapped */
	if (!r)
		return 0;
	if (!vouch_open(&r->vouch, cdb_get(&r->cdb, 1, 0), size) ||
	    !rules_typed(r, type)) {
		rules_close(r);
		errno = EPROTO;
		return 0;
	}
	return r;
}

struct rules *
rules_need(const char *file, const char *type)
{
	struct rules *r = rules_open(file, type);

	if (!r && errno == EPROTO)
		log_die(111, file, ": damaged, or no compiled rules of type ",
		    type, (char *)0);
	if (!r)
		log_diesys(111, "cannot open ", file, (char *)0);
	return r;
}

void
rules_close(struct rules *r)
{
	if (!r)
		return;
	cdb_free(&r->cdb);
	free(r);
}

int
rules_current(const struct rules *r, const char *file)
{
	struct stat st;

	if (stat(file, &st) < 0)
		return !r && errno == ENOENT;
	return r && st.st_dev == r->dev && st.st_ino == r->ino;
}

int
rules_whole(struct rules *r)
{
	if (vouch_range(&r->vouch, 0, r->vouch.body))
		return 0;
	errno = EPROTO;
	return -1;
}

int
rules_find(struct rules *r, const void *key, size_t n, struct rules_value *v)
{
	int found;

	if (n > RULES_KEY_MAX)
		return 0;
	found = rules_lookup(r, key, n);
	return found > 0 ? rules_value(r, v) : found;
}

int
rules_next(struct rules *r, unsigned int *pos, struct rules_value *key,
    struct rules_value *v)
{
	int more;

	if (*pos == 0)
		cdb_seqinit(pos, &r->cdb);
	while ((more = cdb_seqnext(pos, &r->cdb)) > 0) {
		key->n = cdb_keylen(&r->cdb);
		key->s = cdb_getkey(&r->cdb);
		if (!key->s ||
		    !rules_sound(r, cdb_keypos(&r->cdb) - RULES_SLOT))
			break;
		if (key->n == RULES_TYPE_KEY &&
		    memcmp(key->s, rules_type_key, key->n) == 0)
			continue;
		return rules_value(r, v);
	}
	if (more == 0)
		return 0;
	errno = EPROTO;
	return -1;
}

const char *
rules_each(const struct rules_value *v, const char *prev)
{
	if (!prev)
		return v->n ? v->s : 0;
	prev += strlen(prev) + 1;
	return prev < v->s + v->n ? prev : 0;
}

const char *
rules_get(const struct rules_value *v, const char *name)
{
	const char *s = 0;
	size_t n = strlen(name);

	while ((s = rules_each(v, s)))
		if (strncmp(s, name, n) == 0 && s[n] == '=')
			return s + n + 1;
	return 0;
}

/* Gives the new file the mode and owner of the old one, or MODE. */
static int
rules_mode(const char *file, int fd, unsigned int mode)
{
	struct stat old;

	if (stat(file, &old) < 0)
		return errno == ENOENT ? fchmod(fd, mode) : -1;
	if (fchown(fd, old.st_uid, old.st_gid) < 0 && errno != EPERM)
		return -1;
	return fchmod(fd, old.st_mode & 0777);
}

struct rules_maker *
rules_make(const char *file, const char *type, unsigned int mode)
{
	struct rules_maker *m;
	char value[RULES_TYPE_MAX];
	size_t n = strlen(file);

	if (!(m = malloc(sizeof *m)) || !(m->temp = malloc(2 * n + 9))) {
		free(m);
		return 0;
	}
	m->file = m->temp + n + 8;
	memcpy(m->temp, file, n);
	strcpy(m->temp + n, ".XXXXXX");
	strcpy(m->file, file);
	snprintf(value, sizeof value, "%s%s", type, rules_version);
	if ((m->fd = mkostemp(m->temp, O_CLOEXEC)) < 0) {
		free(m->temp);
		free(m);
		return 0;
	}
	if (rules_mode(file, m->fd, mode) < 0 ||
	    cdb_make_start(&m->make, m->fd) < 0 ||
	    rules_add(m, rules_type_key, RULES_TYPE_KEY, value,
		strlen(value) + 1) < 0) {
		rules_abort(m);
		return 0;
	}
	return m;
}

int
rules_add(struct rules_maker *m, const void *key, size_t kn, const void *value,
    size_t vn)
{
	if (kn > RULES_KEY_MAX || vn > RULES_VALUE_MAX) {
		errno = EMSGSIZE;
		return -1;
	}
	return cdb_make_add(&m->make, key, (unsigned)kn, value, (unsigned)vn);
}

static int
rules_sync_folder(const char *file)
{
	char dir[4096];
	const char *slash = strrchr(file, '/');
	size_t n = slash ? (size_t)(slash - file) + 1 : 0;
	int fd, r;

	if (n >= sizeof dir) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(dir, file, n);
	dir[n] = 0;
	if ((fd = open(n ? dir : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		return -1;
	r = fsync(fd);
	close(fd);
	return r;
}

int
rules_commit(struct rules_maker *m)
{
	int r;

	if (cdb_make_finish(&m->make) < 0 || vouch_add(m->fd) < 0 ||
	    fsync(m->fd) < 0 || rename(m->temp, m->file) < 0) {
		rules_abort(m);
		return -1;
	}
	r = rules_sync_folder(m->file);
	close(m->fd);
	free(m->temp);
	free(m);
	return r;
}

void
rules_abort(struct rules_maker *m)
{
	int saved = errno;

	unlink(m->temp);
	close(m->fd);
	free(m->temp);
	free(m);
	errno = saved;
}
