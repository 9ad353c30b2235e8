/* SPDX-License-Identifier: ISC */
/* The story of a message: what the logs of an instance say of it. */
#ifndef QUEUE_STORY_H
#define QUEUE_STORY_H

#include "package/instance.h"

/* Prints, in the order of time, the lines that have the CONNID of message ID
 * (null: it is looked for in the lines that have ID, which may be a CONNID
 * too). How many. Dies 111. */
size_t queue_story(
    const struct instance *i, const char *id, const char *connid);

#endif
