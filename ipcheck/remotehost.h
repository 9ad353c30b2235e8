/* SPDX-License-Identifier: ISC */
/* The client's name, if it is proved. */
#ifndef REMOTEHOST_H
#define REMOTEHOST_H

#include "resolve.h"

/* Looks for a name of IP of which IP is an address: into HOST (HOSTNAME_SIZE
 * bytes). RESOLVE_NONE: it has none; RESOLVE_TEMP: that could not be found out
 * before DEADLINE. */
enum resolve_result remotehost_find(
    char *host, const struct ip *ip, const tain *deadline);

#endif
