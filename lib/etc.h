/* SPDX-License-Identifier: ISC */
/* What the files of /etc say of names: hosts and services, which glibc's name
 * service cannot be asked for in a static program. */
#ifndef ETC_H
#define ETC_H

#include <stdint.h>

#include "resolve.h"

/* All functions: 1 found; 0 not there, or no such file; -1 FILE cannot be
 * read, with errno. Of a line over 1023 bytes the rest is ignored, and what
 * exceeds the bounds of the answer. */

/* Adds the addresses of NAME (in any case) that are of FAMILY (0: any). */
int etc_ips(const char *file, const char *name, unsigned int family,
    struct resolve_ips *a);

/* Adds the names of IP. */
int etc_names(
    const char *file, const struct ip *ip, struct resolve_names *names);

/* The TCP port of service NAME. */
int etc_port(const char *file, const char *name, uint16_t *port);

#endif
