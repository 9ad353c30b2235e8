/* SPDX-License-Identifier: ISC */
/* Tests of lib/rules, and that tinycdb's cdb_find is the one that is linked. */
#include "rules.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "t/tap.h"

static char dir[] = "/tmp/postern-rules.XXXXXX";

static int
make(const char *file, const char *type, const char *word)
{
	struct rules_maker *m = rules_make(file, type, 0640);
	char value[64];
	int n = snprintf(value, sizeof value, ".line=1%cuid=%s", 0, word);

	if (!m || rules_add(m, "key", 3, value, (size_t)n + 1) < 0 ||
	    rules_add(m, "empty", 5, "", 0) < 0)
		return -1;
	return rules_commit(m);
}

static void
lookups(const char *file)
{
	struct rules *r = rules_open(file, "users");
	struct rules_value v, k;
	unsigned int pos = 0;

	if (!ok(r != 0, "open"))
		return;
	ok(rules_find(r, "key", 3, &v) == 1, "found");
	is(rules_get(&v, "uid"), "7", "get");
	is(rules_get(&v, ".line"), "1", "get .line");
	ok(!rules_get(&v, "ui"), "no such name");
	ok(rules_find(r, "empty", 5, &v) == 1 && v.n == 0, "empty value");
	ok(!rules_get(&v, "uid") && !rules_each(&v, 0), "nothing in it");
	ok(rules_find(r, "kex", 3, &v) == 0, "not found");
	ok(rules_next(r, &pos, &k, &v) == 1 && k.n == 3, "first record");
	ok(rules_next(r, &pos, &k, &v) == 1 && k.n == 5, "second record");
	ok(rules_next(r, &pos, &k, &v) == 0, "no more");
	rules_close(r);
}

static void
refusals(const char *file)
{
	struct stat st;

	ok(!rules_open(file, "ip") && errno == EPROTO, "another type");
	ok(!rules_open("/nonexistent/x", "ip") && errno == ENOENT, "missing");
	ok(stat(file, &st) == 0 && (st.st_mode & 0777) == 0640, "mode");
	chmod(file, 0600);
	ok(make(file, "users", "8") == 0, "again");
	ok(stat(file, &st) == 0 && (st.st_mode & 0777) == 0600, "mode kept");
	rules_abort(rules_make(file, "users", 0600));
	ok(truncate(file, 2100) == 0, "cut off");
	ok(!rules_open(file, "users") && errno == EPROTO, "damaged");
	ok(truncate(file, 0) == 0, "emptied");
	ok(!rules_open(file, "users") && errno == EPROTO, "empty");
}

int
main(void)
{
	char file[64];

	if (!mkdtemp(dir))
		return 111;
	snprintf(file, sizeof file, "%s/x.cdb", dir);
	ok(make(file, "users", "7") == 0, "make");
	lookups(file);
	refusals(file);
	unlink(file);
	ok(rmdir(dir) == 0, "no temporary file left");
	return done();
}
