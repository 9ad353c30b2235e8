/* SPDX-License-Identifier: ISC */
/* Templates of an instance's files, filled in. */
#ifndef FILL_H
#define FILL_H

#include "package/instance.h"
#include "package/templates.h"

/* The text of T for instance I, and for SERVICE where T is for any service. The
 * caller frees it. Dies 111. */
char *fill_text(
    const struct instance *i, const struct template *t, const char *service);

#endif
