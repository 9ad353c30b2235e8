/* SPDX-License-Identifier: ISC */
/* The master of tlsd: starts the workers and hands them the certificates.
 *
 * Started by root it stays root, so that it can open bundles that only root
 * may read, also those of a renewal; the workers have given that up. It never
 * reads a bundle and never speaks to a client: it passes open files on. */
#ifndef MASTER_H
#define MASTER_H

#include "context.h"
#include "folder.h"
#include "priv.h"
#include "worker.h"

/* From the master: these were all bundles. From a worker: it is ready. */
#define MASTER_ALL "."

struct master_worker {
	pid_t pid; /* 0: none */
	int fd;    /* to it */
};

struct master {
	int listener;
	int ready;        /* -1, or where to say that all are ready */
	const char *name; /* of the first certificate */
	struct worker_limits limits;
	const struct priv_id
	    *id; /* who the workers become; null: nobody else */
	struct folder folder;
	struct master_worker *worker;
	size_t workers;
	int stopping;
	unsigned char keys[CONTEXT_TICKET_KEYS];
};

/* Runs the workers until SIGTERM came and they have ended. The exit code. */
int master_run(struct master *m);

#endif
