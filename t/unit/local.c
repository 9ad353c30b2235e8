/* SPDX-License-Identifier: ISC */
/* Addresses followed to mailboxes, through aliases and catch-alls. */
#include "local.h"

#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include "address.h"
#include "t/tap.h"

static char dir[] = "/tmp/postern-local.XXXXXX";
static char path[64], got[256];

static const char *
file(const char *type)
{
	snprintf(path, sizeof path, "%s/%s.cdb", dir, type);
	return path;
}

/* Compiled rules of TYPE from pairs: a key, and its value (a '|' in it
 * becomes NUL); ended by a null key. */
static void make(const char *type, ...) __attribute__((sentinel));
static void
make(const char *type, ...)
{
	struct rules_maker *m = rules_make(file(type), type, 0600);
	char value[128];
	const char *key;
	va_list args;
	size_t i, n;

	va_start(args, type);
	while (m && (key = va_arg(args, const char *))) {
		snprintf(value, sizeof value, "%s", va_arg(args, const char *));
		n = strlen(value) + 1;
		for (i = 0; i < n; i++)
			if (value[i] == '|')
				value[i] = 0;
		if (rules_add(m, key, strlen(key), value, n) < 0)
			exit(111);
	}
	va_end(args);
	if (!m || rules_commit(m) < 0)
		exit(111);
}

static int
note(void *data, const char *mailbox, const struct rules_value *record)
{
	size_t n = strlen(got);

	(void)data;
	(void)record;
	snprintf(got + n, sizeof got - n, "%s ", mailbox);
	return 0;
}

static void
test(const char *address, enum local_verdict want, const char *mailboxes)
{
	char key[ADDRESS_MAX + 1] = "";
	struct local l;

	got[0] = 0;
	if (local_open(&l, dir) < 0)
		exit(111);
	ok(local_key(key, address), address);
	ok(local_resolve(&l, key, note, 0) == want, "the verdict");
	is(got, mailboxes, "the mailboxes");
	local_close(&l);
}

static void
test_resolve(void)
{
	test("A@x.test", LOCAL_OK, "a@x.test ");
	test("a@y.test", LOCAL_FOREIGN, "");
	test("c@x.test", LOCAL_UNKNOWN, "");
	test("both@x.test", LOCAL_OK, "a@x.test b@x.test ");
	test("nest@x.test", LOCAL_OK, "a@x.test b@x.test ");
	test("copy@x.test", LOCAL_OK, "copy@x.test a@x.test ");
	test("self@x.test", LOCAL_LOOP, "");
	test("ring1@x.test", LOCAL_LOOP, "");
	test("away@x.test", LOCAL_AWAY, "a@x.test Z@far.test ");
	test("a+b+c@x.test", LOCAL_OK, "a@x.test ");
	test("own+tag@x.test", LOCAL_OK, "b@x.test ");
	test("own+other@x.test", LOCAL_OK, "a@x.test ");
	test("+tag@x.test", LOCAL_UNKNOWN, "");
	test("\"a+b c\"@x.test", LOCAL_UNKNOWN, "");
	test("nobody+a@x.test", LOCAL_UNKNOWN, "");
	test("self+a@x.test", LOCAL_LOOP, "");
	test("list+a@x.test", LOCAL_OK, "|1 list@x.test |2 list@x.test ");
	test("copy+a@x.test", LOCAL_OK, "copy@x.test a@x.test ");
	test("dead@x.test", LOCAL_UNKNOWN, "");
	test("half@x.test", LOCAL_OK, "a@x.test ");
	test("any@all.test", LOCAL_OK, "b@x.test ");
	test("PostMaster", LOCAL_OK, "a@x.test ");
}

static void
test_postmaster(void)
{
	make("aliases", "postmaster@all.test", "to=b@x.test", (char *)0);
	test("postmaster", LOCAL_OK, "b@x.test "); /* of the first domain */
	make("domains", "x.test", "", ".", "domain=x.test", (char *)0);
	test("postmaster", LOCAL_UNKNOWN, "");
	make("domains", "x.test", "", (char *)0);
	test("postmaster", LOCAL_UNKNOWN, "");
	unlink(file("aliases"));
	test("postmaster", LOCAL_UNKNOWN, "");
	test("a@x.test", LOCAL_OK, "a@x.test ");
}

int
main(void)
{
	char key[ADDRESS_MAX + 1];

	if (!mkdtemp(dir))
		return 111;
	make("domains", "x.test", "", "all.test", "", ".", "domain=all.test",
	    (char *)0);
	make("mailboxes", "a@x.test", "uid=1", "b@x.test", "uid=1",
	    "copy@x.test", "uid=1", (char *)0);
	make("aliases", "both@x.test", "to=a@x.test|to=B@x.test", "nest@x.test",
	    "to=both@x.test|to=a@x.test", "copy@x.test",
	    "to=copy@x.test|to=a@x.test", "self@x.test", "to=self@x.test",
	    "ring1@x.test", "to=ring2@x.test", "ring2@x.test",
	    "to=ring1@x.test", "away@x.test", "to=a@x.test|to=Z@far.test",
	    "dead@x.test", "to=nobody@x.test", "half@x.test",
	    "to=nobody@x.test|to=a@x.test|to=dead@x.test", "@all.test",
	    "to=b@x.test", "own@x.test", "to=a@x.test", "own+tag@x.test",
	    "to=b@x.test", "list@x.test",
	    "run=1:1|arg=/bin/a|arg=x|run=2:2|arg=/bin/b", "postmaster",
	    "to=a@x.test", (char *)0);
	test_resolve();
	test_postmaster();
	ok(!local_key(key, "webmaster"), "no other name without a domain");
	unlink(file("domains"));
	unlink(file("mailboxes"));
	rmdir(dir);
	return done();
}
