/* SPDX-License-Identifier: ISC */
/* A listening socket. */
#ifndef SOCKET_H
#define SOCKET_H

#include <stdint.h>

#include "ip.h"

/* A socket that listens on IP and PORT, not blocking, close-on-exec;
 * connections taken from it have TCP_NODELAY set. An IPv6 socket takes IPv4
 * too unless V6ONLY. Dies 111 with the reason, address and port. */
int socket_listen(const struct ip *ip, uint16_t port, int v6only, int backlog);

/* Makes FD, which was opened by somebody else, such a socket, and moves it to
 * a number above 2. Its new number; dies 100 if it does not listen for TCP. */
int socket_take(int fd);

/* Logs what S listens on. */
void socket_log(int s);

/* Takes a connection. Its descriptor, blocking and close-on-exec, with the
 * client's address in *IP; -1 with errno. */
int socket_accept(int s, struct ip *ip);

#endif
