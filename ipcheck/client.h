/* SPDX-License-Identifier: ISC */
/* Who the client of this connection is. */
#ifndef CLIENT_H
#define CLIENT_H

#include "ip.h"

/* The client's address into *IP, from the environment or the socket. Dies 111
 * if that cannot be told. */
void client_ip(struct ip *ip);

#endif
