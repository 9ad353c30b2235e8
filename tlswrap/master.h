/* SPDX-License-Identifier: ISC */
/* The master of tlsd: starts workers and signers and keeps both supplied.
 *
 * Started by root it stays root, so that it can open bundles that only root
 * may read, also those of a renewal; the others have given that up. It never
 * reads a bundle and never speaks to a client: it passes open files on.
 *
 *     folder --open file--> master --bundle--> signer (reads it, has the key)
 *                           master <--certificates-- signer
 *                           master --certificates--> worker
 *     client <--TLS--> worker --what is to be signed--> signer */
#ifndef MASTER_H
#define MASTER_H

#include <time.h>

#include "folder.h"
#include "priv.h"
#include "tickets.h"
#include "worker.h"

struct master_pair {
	pid_t worker, signer; /* 0: none */
	int fd, keys;         /* to the worker, to its signer */
};

struct master {
	int listener, late; /* sockets (see tlsreq.h) */
	int clients;        /* -1, or the CA file for clients */
	int ready;          /* -1, or where to say that all are ready */
	const char *name;   /* of the first certificate */
	struct worker_limits limits;
	const struct priv_id *id; /* who the others become; null: nobody else */
	const char *root;         /* their root folder; null: not changed */
	struct folder folder;
	struct master_pair *pair;
	size_t pairs;
	uint64_t last; /* number of a key */
	int stopping;
	struct tickets tickets;
	time_t turn; /* when they get a new key */
};

/* Runs all of them until SIGTERM came and they have ended. The exit code. */
int master_run(struct master *m);

#endif
