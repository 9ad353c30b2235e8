/* SPDX-License-Identifier: ISC */
/* The parts of tcplisten. */
#ifndef TCPLISTEN_H
#define TCPLISTEN_H

#include <time.h>

#include "children.h"
#include "sockets.h"

struct tcplisten {
	struct sockets sockets; /* none once it shall stop */
	int sigfd;              /* signalfd of SIGCHLD and SIGTERM */
	int full;               /* 1 when the limit was reached and logged */
	unsigned int failed;    /* calls of accept since it worked last */
	time_t trouble;         /* when something failed last, in seconds of the
	                   monotonic clock; 0 never */
	char *connid; /* the value of CONNID in the environment, rewritten for
	                   each connection: LOG_CONNID bytes */
	int client;   /* the connection of the next child */
	struct children children;
	char *const *next; /* the program for each connection */
};

/* Blocks the signals that the loop reads, and opens the descriptor it reads
 * them from. Signals that come from now on are not lost. */
void tcplisten_signals(struct tcplisten *l);

/* Serves until SIGTERM came and all children have ended. */
void tcplisten_serve(struct tcplisten *l);

/* In the child: makes the connection fd 0 and 1, gives up all of the listener, L
 * (a struct tcplisten), and runs the next program. */
int session_run(void *l) __attribute__((noreturn));

#endif
