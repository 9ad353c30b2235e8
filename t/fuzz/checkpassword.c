/* SPDX-License-Identifier: ISC */
/* Fuzzes requests on descriptor 3 of checkpw. */
#include <stdlib.h>
#include <string.h>

#include "auth/auth.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct request *q;

	if (size > REQUEST_MAX || !(q = malloc(sizeof *q)))
		return 0;
	memcpy(q->s, data, size);
	if (request_parse(q, size) &&
	    q->password + strlen(q->password) >= q->s + size)
		abort();
	free(q);
	return 0;
}
