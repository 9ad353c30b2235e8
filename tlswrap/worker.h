/* SPDX-License-Identifier: ISC */
/* A worker of tlsd: its connections, its certificates, its parent. */
#ifndef WORKER_H
#define WORKER_H

#include "conn.h"
#include "engine.h"
#include "names.h"
#include "tickets.h"

enum { WORKER_BYTES = 16384 }; /* a whole TLS record */

/* What a worker lets pass. Seconds: for a handshake; without a byte in either
 * direction; once it is to stop, for the connections that are left; and the
 * life of a session ticket. */
struct worker_limits {
	size_t max; /* connections */
	unsigned int handshake, idle, stop, ticket;
};

struct worker {
	struct engine engine;
	struct names names;
	struct tickets tickets;
	struct engine_watch listener, late, parent, signals;
	struct engine_timer pause; /* set: accepts nothing until it is due */
	struct engine_timer last;  /* set: what is left then is ended */
	size_t live, max;
	int stopping, full;
	unsigned int seconds;     /* for a handshake */
	char *connid;             /* the value of CONNID in the environment */
	char bytes[WORKER_BYTES]; /* what is on its way from side to side */
};

/* Sets OpenSSL up, before anything is given up. Dies 111 if it cannot. */
void worker_start_tls(void);

void worker_init(struct worker *w, const struct worker_limits *l);

/* Serves connections to the socket LISTENER, and those that come as datagrams
 * on LATE, with the certificates that come
 * from the master over PARENT, until SIGTERM came or the master is gone, and
 * all connections have ended. Says so to the master when it has them all. */
void worker_run(struct worker *w, int listener, int late, int parent);

/* Serves the one connection whose control connection is CTL. */
void worker_run_one(struct worker *w, int ctl);

/* Makes log lines be about C, or about none. */
void worker_log_for(struct worker *w, const struct conn *c);

/* A handshake is over: an engine for one connection needs no key any more. */
void worker_opened(struct worker *w);

/* One connection less. */
void worker_gone(struct worker *w);

#endif
