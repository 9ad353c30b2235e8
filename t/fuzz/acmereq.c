/* SPDX-License-Identifier: ISC */
/* Fuzzes the request line of the HTTP-01 responder: a token is a plain file
 * name. */
#include <stdlib.h>
#include <string.h>

#include "certtool/acmereq.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	enum acmereq_method method;
	char token[ACMEREQ_TOKEN + 1];
	char *s = malloc(size ? size : 1);
	int status;

	if (!s)
		return 0;
	memcpy(s, data, size);
	status = acmereq_parse(s, size, &method, token);
	if (status != 200 && status != 400 && status != 404 && status != 405)
		abort();
	if (status == 200 &&
	    (!*token || strlen(token) > ACMEREQ_TOKEN ||
		strpbrk(token, "./ \n")))
		abort();
	free(s);
	return 0;
}
