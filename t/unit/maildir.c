/* SPDX-License-Identifier: ISC */
/* Tests of lib/maildir: names taken apart, unique names, folders made. */
#include "maildir.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "t/tap.h"

static void
name(const char *s, size_t uid, size_t base, int64_t S, int64_t W,
    const char *flags)
{
	struct maildir_name n;

	maildir_parse(s, &n);
	ok(n.uid == uid && n.base == base, s);
	ok(n.s == S && n.w == W, "sizes");
	is(n.flags, flags, "flags");
}

static void
unique(void)
{
	char a[MAILDIR_NAME_MAX + 1], b[MAILDIR_NAME_MAX + 1];
	char longest[300];
	struct maildir_name n;

	ok(maildir_unique(a, "h/o:s,t") == 0, "unique");
	ok(maildir_unique(b, "h/o:s,t") == 0 && strcmp(a, b) != 0, "twice");
	ok(!strpbrk(a, "/:,") && strstr(a, ".h\\057o\\072s\\054t"), "host");
	maildir_parse(a, &n);
	ok(n.uid == strlen(a) && n.uid <= 70, "a unique-id as it is");
	memset(longest, 'x', sizeof longest);
	longest[sizeof longest - 1] = 0;
	ok(maildir_unique(a, longest) == -1, "too long a host");
}

static void
folders(void)
{
	char dir[] = "/tmp/postern-maildir.XXXXXX", path[64];
	struct stat st;

	if (!mkdtemp(dir))
		exit(111);
	snprintf(path, sizeof path, "%s/M", dir);
	ok(maildir_make(path) == 0 && maildir_make(path) == 0, "make, again");
	snprintf(path, sizeof path, "%s/M/new", dir);
	ok(stat(path, &st) == 0 && (st.st_mode & 0777) == 0700, "mode");
	ok(rmdir(path) == 0, "new");
	snprintf(path, sizeof path, "%s/M/cur", dir);
	ok(rmdir(path) == 0, "cur");
	snprintf(path, sizeof path, "%s/M/tmp", dir);
	ok(rmdir(path) == 0, "tmp");
	snprintf(path, sizeof path, "%s/M", dir);
	ok(rmdir(path) == 0 && rmdir(dir) == 0, "nothing else");
	ok(maildir_make("/nonexistent/M") == -1, "no parent");
}

int
main(void)
{
	const int64_t none = MAILDIR_NONE;

	name("1.2.h", 5, 5, none, none, "");
	name("1.2.h:2,FS", 5, 5, none, none, "FS");
	name("1.2.h,S=12,W=15:2,S", 5, 15, 12, 15, "S");
	name("1.2.h,W=15,S=12", 5, 15, 12, 15, "");
	name("1,X=9,S=3:2,", 1, 9, 3, none, "");
	name("1,S=12x", 1, 7, none, none, "");
	name("1,S=:2,", 1, 4, none, none, "");
	name("1,S=-1", 1, 6, none, none, "");
	name("1,S=99999999999999999999", 1, 24, none, none, "");
	name("1,S=4294967297,W=4294967298", 1, 27, 4294967297, 4294967298, "");
	name("1:2,S,W=5", 1, 1, none, none, "S,W=5");
	name("1:1,S", 1, 1, none, none, "");
	name("", 0, 0, none, none, "");
	name(",S=1", 0, 4, 1, none, "");
	name(":2,", 0, 0, none, none, "");
	unique();
	folders();
	return done();
}
