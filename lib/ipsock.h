/* SPDX-License-Identifier: ISC */
/* Addresses as sockets have them. */
#ifndef IPSOCK_H
#define IPSOCK_H

#include <stdint.h>
#include <sys/socket.h>

#include "ip.h"

/* Takes the address and port out of SA; v4-mapped IPv6 becomes IPv4. 1; 0 SA
 * is no IP address. */
int ipsock_get(
    const struct sockaddr_storage *sa, struct ip *ip, uint16_t *port);

/* Fills SA, for bind or connect. Its length. */
socklen_t ipsock_set(
    struct sockaddr_storage *sa, const struct ip *ip, uint16_t port);

#endif
