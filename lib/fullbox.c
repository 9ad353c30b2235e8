/* SPDX-License-Identifier: ISC */
/* Which mailboxes were full at the last try. */
#include "fullbox.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "siphash.h"

enum { FULLBOX_NAME = 17 };

static void
fullbox_name(char *name, const char *mailbox)
{
	static const unsigned char key[SIPHASH_KEY];

	snprintf(name, FULLBOX_NAME, "%016llx",
	    (unsigned long long)siphash(key, mailbox, strlen(mailbox)));
}

int
fullbox_note(int dir, const char *mailbox)
{
	char name[FULLBOX_NAME];
	int fd, r;

	fullbox_name(name, mailbox);
	fd = openat(dir, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	r = futimens(fd, 0);
	close(fd);
	return r;
}

void
fullbox_clear(int dir, const char *mailbox)
{
	char name[FULLBOX_NAME];

	fullbox_name(name, mailbox);
	unlinkat(dir, name, 0);
}

int
fullbox_is(int dir, const char *mailbox)
{
	char name[FULLBOX_NAME];
	struct stat st;

	fullbox_name(name, mailbox);
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -1;
	return time(0) - st.st_mtime < FULLBOX_SECONDS;
}
