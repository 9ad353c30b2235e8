/* SPDX-License-Identifier: ISC */
/* The descriptor by which connlimit counts a connection. */
#include "connfd.h"

#include <skalibs/types.h>
#include <stdlib.h>
#include <unistd.h>

void
connfd_close(void)
{
	const char *s = getenv("CONNFD");
	unsigned int fd;

	if (s && uint0_scan(s, &fd) && fd >= CONNFD_MIN && fd <= 65535)
		close((int)fd);
	unsetenv("CONNFD");
}
