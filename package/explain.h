/* SPDX-License-Identifier: ISC */
/* What postern explain is asked. */
#ifndef EXPLAIN_SERVICE_H
#define EXPLAIN_SERVICE_H

#include "ip.h"
#include "iprules.h"
#include "package/instance.h"

struct explain {
	const struct instance *instance;
	const struct service *service;
	const char *ip, *user, *from, *to; /* the last three may be null */
	struct ip scanned;                 /* ip */
	int tls;                           /* 1: the client has started TLS */
	struct iprules_verdict verdict;    /* of the ip rules */
};

/* Behind the ip rules: what becomes of mail by SMTP, asked of the real rules
 * and programs. The exit code: 0 taken, 1 refused. */
int explain_smtp(const struct explain *e);

#endif
