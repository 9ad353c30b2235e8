/* SPDX-License-Identifier: ISC */
/* Whether an instance runs. */
#ifndef UP_H
#define UP_H

#include <sys/types.h>

#include "package/instance.h"

/* The process id of the s6-svscan of I; 0: none. */
pid_t up_running(const struct instance *i);

/* 1 if every service of I is up and ready, else 0. */
int up_all_ready(const struct instance *i);

#endif
