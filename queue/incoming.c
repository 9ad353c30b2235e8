/* SPDX-License-Identifier: ISC */
/* The folder that messages come into. */
#include "queue/incoming.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

int
incoming_open(struct incoming *in, const char *queuedir)
{
	struct stat st;
	int n, e;

	n = snprintf(in->path, sizeof in->path, "%s/incoming", queuedir);
	if (n < 0 || (size_t)n >= sizeof in->path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	in->fd = open(in->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (in->fd < 0)
		return -1;
	if (fstat(in->fd, &st) < 0) {
		e = errno;
		close(in->fd);
		errno = e;
		return -1;
	}
	in->owner.uid = st.st_uid;
	in->owner.gid = st.st_gid;
	return 0;
}
