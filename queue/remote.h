/* SPDX-License-Identifier: ISC */
/* What goes on to other servers: connections (links) to destinations, each a
 * smtproute that the spawner starts, which is then asked by smtp/sendjob.h. */
#ifndef REMOTE_H
#define REMOTE_H

#include "queue/dest.h"
#include "queue/link.h"
#include "queue/want.h"

enum { REMOTE_LINKS_MAX = 256 };

/* J may have to be finished: a target has its result. */
typedef void remote_done(void *data, struct job *j);

/* Has the spawner start a link to DOMAIN, by number N, with descriptor FD. */
typedef void remote_start(
    void *data, size_t n, const char *domain, int strict, int fd);

/* Has the spawner end link N. */
typedef void remote_stop(void *data, size_t n);

struct remote_link {
	struct link link;
	int busy;              /* the spawner has not told of its end */
	enum want_class class; /* of dest, when it was started */
	uint64_t since;
	struct dest *dest;
};

struct remote {
	int active; /* the folder with the messages */
	remote_done *done;
	remote_start *start;
	remote_stop *stop;
	void *data;
	struct dests dests;
	struct want want;
	struct remote_link link[REMOTE_LINKS_MAX];
};

/* Seconds until J can be taken: its destinations have enough as it is, and
 * *NUMBER is that of one it waits for; 0 now. */
unsigned int remote_busy(
    struct remote *r, const struct job *j, unsigned int *number);

/* The number of a destination that has been reached for the first time while
 * messages wait for it; 0 no more. */
unsigned int remote_reached(struct remote *r);

/* Takes over T of J, which counts as running until remote_done. It may have its
 * result at once: then 0, else 1. */
int remote_add(struct remote *r, struct job *j, struct job_target *t);

/* Starts links where they are wanted and there is room. Where there is none,
 * links that have waited for their server for too long are ended to make it. 1
 * this is to be called again in a second, else 0. */
int remote_work(struct remote *r);

/* Takes what link N, which is open, says next. */
void remote_hear(struct remote *r, size_t n);

/* The spawner says that link N has ended. 0, or -1: there is none. */
int remote_ended(struct remote *r, size_t n);

/* Ends the time that DOMAIN ("*": any) is left alone. */
void remote_retry(struct remote *r, const char *domain);

void remote_tidy(struct remote *r);

#endif
