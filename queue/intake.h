/* SPDX-License-Identifier: ISC */
/* How queued learns of messages: from incoming/ as they come (inotify), and
 * from active/ when it starts. */
#ifndef INTAKE_H
#define INTAKE_H

#include "queue/job.h"

/* Called for each message that now is in active/. */
typedef void intake_each(void *data, const char *name, uint64_t due, int again);

/* Called for each order found in active/ (see order.h), by its name there. */
typedef void intake_order(void *data, const char *name);

/* Watches incoming/, and active/ for orders (by way of /proc). Returns the
 * descriptor to poll for reading; dies 111 if it cannot watch. */
int intake_watch(const struct queue_dirs *q);

/* What an earlier run had taken: all of active/, due as state/ says. */
void intake_active(const struct queue_dirs *q, intake_each *each, void *data);

/* The orders in active/. */
void intake_orders(const struct queue_dirs *q, intake_order *order, void *data);

/* Takes what is in incoming/ now. */
void intake_scan(const struct queue_dirs *q, intake_each *each, void *data);

/* Takes what the watch FD tells of. After an overflow, scans. */
void intake_read(int fd, const struct queue_dirs *q, intake_each *each,
    intake_order *order, void *data);

/* Removes what writers that died a day ago or earlier left in incoming/. */
void intake_tidy(const struct queue_dirs *q);

#endif
