/* SPDX-License-Identifier: ISC */
/* Listening sockets. */
#ifndef SOCKET_H
#define SOCKET_H

#include "ip.h"

/* Reads S as the address to listen on; "0" is any IPv4 address. 1 or 0. */
int socket_address(const char *s, struct ip *ip);

/* A socket that listens on IP (all zero IPv6: on every address of IPv4 too)
 * and PORT, not blocking, close-on-exec; connections taken from it have
 * TCP_NODELAY set. Dies 111 with the reason, address and port. */
int socket_listen(const struct ip *ip, unsigned int port, int backlog);

/* Takes a connection. Its descriptor, blocking and close-on-exec, with the
 * client's address in *IP; -1 with errno. */
int socket_accept(int s, struct ip *ip);

#endif
