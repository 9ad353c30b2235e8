/* SPDX-License-Identifier: ISC */
/* Requests and answers of the Postfix policy protocol
 * (SMTPD_POLICY_README): "name=value" lines, then an empty one. */
#ifndef POLICY_H
#define POLICY_H

#include <skalibs/tai.h>
#include <stddef.h>

enum {
	POLICY_REQUEST_MAX = 16384,
	POLICY_FIELDS = 64,
	POLICY_ACTION_MAX = 1024
};

struct policy_request {
	size_t n, used;
	size_t ahead; /* bytes of the next request that were read already */
	struct {
		const char *name, *value;
	} field[POLICY_FIELDS];
	char text[POLICY_REQUEST_MAX]; /* what the fields point into */
};

void policy_clear(struct policy_request *q);

/* Adds a field (copied). A NUL ends a value; a line feed in it becomes '?'. 0;
 * -1 no room. */
int policy_set(struct policy_request *q, const char *name, const char *value);

/* The value of NAME, or "" if there is none. */
const char *policy_get(const struct policy_request *q, const char *name);

/* Writes Q to FD. 1; 0 deadline passed; -1 failed. */
int policy_write(int fd, const struct policy_request *q, const tain *deadline);

/* Reads one request from FD into Q (cleared before the first one; what came
 * of the next one stays in it). 1; 0 the client has closed; -1 failed or not a
 * request (errno EPROTO; ETIMEDOUT). */
int policy_read(int fd, struct policy_request *q, const tain *deadline);

#endif
