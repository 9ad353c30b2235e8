/* SPDX-License-Identifier: ISC */
/* Compiled rules that are damaged: each bit turned, each length cut off. What
 * a lookup then says is what it said before, or that the file is damaged. */
#include "vouch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "rules.h"
#include "t/tap.h"

enum { SIZE_MAX_HERE = 65536, KEYS = 40 };

static char dir[] = "/tmp/postern-vouch.XXXXXX";
static char file[64], bad[64];
static int fd; /* of bad */

static size_t
key_of(char *key, int i)
{
	return (size_t)snprintf(key, 16, "key%d", i);
}

static int
make(void)
{
	struct rules_maker *m = rules_make(file, "ip", 0600);
	char key[16], value[64];
	int i, n;

	if (!m)
		return -1;
	for (i = 0; i < KEYS; i++) {
		n = snprintf(
		    value, sizeof value, ".verdict=deny%c.line=%d", 0, i);
		if (rules_add(m, key, key_of(key, i), value, (size_t)n + 1) < 0)
			return -1;
	}
	return rules_commit(m);
}

/* Asks for all keys and for one that is not there. 0 if a wrong answer came,
 * 1 if some were refused, 2 if all were right. */
static int
ask(const char *path)
{
	struct rules *r = rules_open(path, "ip");
	struct rules_value v;
	char key[16], line[16];
	const char *said;
	int i, found, all = 2;

	if (!r)
		return errno == EPROTO;
	for (i = 0; all && i <= KEYS; i++) {
		snprintf(line, sizeof line, "%d", i);
		found = rules_find(r, key, key_of(key, i), &v);
		if (found < 0)
			all = errno == EPROTO;
		else if (found != (i < KEYS) ||
		    (found &&
			(!(said = rules_get(&v, ".line")) ||
			    strcmp(said, line))))
			all = 0;
	}
	rules_close(r);
	return all;
}

static size_t
load(char *map)
{
	int from = open(file, O_RDONLY);
	ssize_t n = from < 0 ? -1 : read(from, map, SIZE_MAX_HERE);

	close(from);
	return n < 0 ? 0 : (size_t)n;
}

/* Asks a file in memory that is MAP but for its length. */
static int
ask_cut(const char *map, size_t n)
{
	return ftruncate(fd, 0) == 0 && pwrite(fd, map, n, 0) == (ssize_t)n
	    ? ask(bad)
	    : 0;
}

/* Asks it with bit I turned. */
static int
ask_turned(const char *map, size_t i)
{
	char c = (char)(map[i / 8] ^ 1 << i % 8);
	int r;

	if (pwrite(fd, &c, 1, (off_t)(i / 8)) != 1)
		return 0;
	r = ask(bad);
	return pwrite(fd, map + i / 8, 1, (off_t)(i / 8)) == 1 ? r : 0;
}

int
main(void)
{
	static char map[SIZE_MAX_HERE + 1];
	size_t n, i, wrong = 0, cut = 0, unseen = 0;
	int r;

	if (!mkdtemp(dir))
		return 111;
	snprintf(file, sizeof file, "%s/x.cdb", dir);
	if ((fd = memfd_create("bad", MFD_CLOEXEC)) < 0)
		return 111;
	snprintf(bad, sizeof bad, "/proc/self/fd/%d", fd);
	ok(make() == 0 && ask(file) == 2, "made, and all keys found");
	n = load(map);
	ok(n > 2048 && n < SIZE_MAX_HERE, "a file of some size");
	ok(ask_cut(map, n) == 2, "the same in memory");
	for (i = 0; i < n * 8; i++) {
		r = ask_turned(map, i);
		wrong += r == 0;
		unseen += r == 2;
	}
	ok(wrong == 0, "a turned bit: no wrong answer");
	printf("# %zu bits lie where none of the keys looks\n", unseen);
	for (i = 0; i < n; i++)
		cut += ask_cut(map, i) != 1;
	ok(cut == 0, "cut off anywhere: refused");
	ok(ask_cut(map, n + 1) == 1, "a byte too many: refused");
	ok(ask_cut(map, n) == 2, "whole again: all found");
	unlink(file);
	rmdir(dir);
	return done();
}
