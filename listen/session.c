/* SPDX-License-Identifier: ISC */
/* What the child does with its connection before the next program. */
#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "chain.h"
#include "log.h"
#include "tcplisten.h"
#include "ucspi.h"

int
session_run(void *listener)
{
	struct tcplisten *l = listener;
	int fd = l->client;
	sigset_t none;

	sockets_close(&l->sockets);
	close(l->sigfd);
	if (dup2(fd, 0) < 0 || dup2(fd, 1) < 0)
		log_diesys(111, "cannot move the connection", (char *)0);
	close(fd);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, 0);
	if (ucspi_env_socket(0) < 0) {
		if (errno == ENOTCONN) /* it was reset meanwhile */
			_exit(0);
		log_diesys(111, "cannot tell who is connected", (char *)0);
	}
	chain_next(l->next);
}
