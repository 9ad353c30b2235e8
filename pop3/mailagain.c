/* SPDX-License-Identifier: ISC */
/* The time of the last login (RFC 2449, LOGIN-DELAY): that of a file. */
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "maildrop.h"

int
maildrop_login(struct maildrop *d, unsigned int seconds)
{
	int fd = openat(d->dir, "postern-login",
	    O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	time_t now = time(0);
	struct stat st;
	int r = -1;

	if (fd < 0)
		return -1;
	/* an empty file is new; a byte says that there was a login */
	if (fstat(fd, &st) == 0) {
		r = !st.st_size || st.st_mtime > now ||
		    now - st.st_mtime >= (time_t)seconds;
		if (r && (pwrite(fd, "\n", 1, 0) != 1 || futimens(fd, 0) < 0))
			r = -1;
	}
	close(fd);
	return r;
}
