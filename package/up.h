/* SPDX-License-Identifier: ISC */
/* Whether an instance runs. */
#ifndef UP_H
#define UP_H

#include "package/instance.h"

/* 1 if every service of I is up and ready, else 0. */
int up_all_ready(const struct instance *i);

#endif
