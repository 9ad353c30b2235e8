/* SPDX-License-Identifier: ISC */
/* The engine for one connection: a worker and a signer, without a master. */
#ifndef ONE_H
#define ONE_H

#include "priv.h"
#include "worker.h"

struct one {
	int dir;          /* of the bundles */
	int clients;      /* -1, or the CA file for clients */
	const char *name; /* of the first certificate */
	const struct worker_limits *limits;
	const struct priv_id *id; /* who to become; null: nobody else */
	const char *root;         /* the worker's root; null: not changed */
};

/* Serves the connection whose control connection is fd 0. The exit code. */
int one_serve(const struct one *o);

#endif
