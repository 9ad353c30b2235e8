/* SPDX-License-Identifier: ISC */
/* Privilege: a second process behind the one that talks to strangers. */
#include <sys/socket.h>
#include <unistd.h>

#include "chain.h"
#include "connfd.h"
#include "log.h"
#include "priv.h"

pid_t
priv_fork(int *fd)
{
	int s[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, s) < 0)
		log_diesys(111, "cannot make a socketpair", (char *)0);
	if ((pid = fork()) < 0)
		log_diesys(111, "cannot fork", (char *)0);
	if (!pid)
		connfd_close();
	close(s[pid != 0]);
	*fd = s[pid == 0];
	chain_close_on_next(*fd);
	return pid;
}
