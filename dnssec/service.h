/* SPDX-License-Identifier: ISC */
/* The clients of dnssecd: each has one question at a time. */
#ifndef SERVICE_H
#define SERVICE_H

#include <stddef.h>

#include "validator.h"

struct service_config {
	int listener;
	size_t clients;       /* at most so many at a time */
	unsigned int seconds; /* for an answer */
};

/* What validator_new is told: an answer for a client. */
void service_answer(struct validator_question *q, const struct dnssec *a);

/* Serves, and returns the exit code when that cannot go on. */
int service_run(const struct service_config *c, struct validator *v);

#endif
