/* SPDX-License-Identifier: ISC */
/* A stored message made fit for a server that takes less than it has. */
#ifndef SENDMIME_H
#define SENDMIME_H

#include "mime.h"

/* What is found in the message in FD from offset AT on goes into PLAN. 0, or -1
 * with errno. */
int sendmime_look(int fd, size_t at, struct mime_plan *plan);

/* Gives SINK all of the message, with LF line ends, without what is UNWANTED
 * of what PLAN found. 0; -1 SINK has failed; 1 the file cannot be read. */
int sendmime_run(int fd, size_t at, unsigned int unwanted,
    struct mime_plan *plan, mime_sink *sink, void *data);

#endif
