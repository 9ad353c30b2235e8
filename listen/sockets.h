/* SPDX-License-Identifier: ISC */
/* All sockets that a listener listens on, and where they come from. */
#ifndef SOCKETS_H
#define SOCKETS_H

#include <stddef.h>

enum { SOCKETS_MAX = 64 };

struct sockets {
	size_t n;
	int fd[SOCKETS_MAX];
};

/* All of these die, 100 or 111, rather than listen on less than was asked for.
 */

/* Listens on each port of PORTS at each address of ADDRESSES (lists with
 * commas; see tcplisten(8)). */
void sockets_bind(
    struct sockets *s, const char *addresses, const char *ports, int backlog);

/* Takes the descriptors FDS (a list) that listen already. */
void sockets_take(struct sockets *s, const char *fds);

/* Takes those of systemd: LISTEN_FDS and LISTEN_PID, which are unset. */
void sockets_systemd(struct sockets *s);

void sockets_close(struct sockets *s);

#endif
