/* SPDX-License-Identifier: ISC */
/* The ports of an instance. */
#ifndef PORTS_H
#define PORTS_H

#include "package/instance.h"

/* 1 if PORT can be bound on I's address now; 0 it is in use; -1 it cannot be,
 * with errno. */
int ports_free(const struct instance *i, unsigned int port);

/* Dies 111, naming the port, if a service of I could not bind its own. */
void ports_need(const struct instance *i);

#endif
