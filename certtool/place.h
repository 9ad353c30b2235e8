/* SPDX-License-Identifier: ISC */
/* Where keys, requests and bundles lie. */
#ifndef PLACE_H
#define PLACE_H

#include <limits.h>

#include "package/instance.h"

struct place {
	int is_instance;
	struct instance i;       /* is_instance: what it is */
	char host[NAME_MAX + 1]; /* whose bundle; empty: not known */
	char bundle[PATH_MAX];   /* key, certificate, chain: what is served */
	char last[PATH_MAX];     /* the bundle before that */
	char key[PATH_MAX];      /* of the request */
	char request[PATH_MAX];
	const struct priv_id *owner; /* of the bundle; null: whoever runs */
};

/* For HOST (null: its own host) in the instance DIR: tls/HOST.pem,
 * tls/request/HOST.key and tls/request/HOST.request.pem. Dies 100 or 111. */
void place_instance(struct place *p, const char *dir, const char *host);

/* For HOST in the current folder: HOST.pem, HOST.key, request.pem. */
void place_here(struct place *p, const char *host);

/* For the bundle FILE; its host is what stands before .pem if that is a host
 * name, and the request's files lie beside it. */
void place_bundle(struct place *p, const char *file);

#endif
