/* SPDX-License-Identifier: ISC */
/* The end of a connection that may not go on. */
#include "deny.h"

#include <stdlib.h>
#include <string.h>

#include "chain.h"
#include "log.h"

enum { DENY_WORDS = 32 };

int
deny_end(const char *command, const char *text)
{
	char *argv[DENY_WORDS + 1] = {0}, *rest, *word;
	size_t n = 0;

	if (!command || !text)
		return 1;
	if (setenv("MESSAGE", text, 1) < 0 || !(rest = strdup(command)))
		log_diesys(111, "no memory", (char *)0);
	while ((word = strtok_r(rest, " \t", &rest))) {
		if (n == DENY_WORDS)
			log_die(100, "option -d: too many words: ", command,
			    (char *)0);
		argv[n++] = word;
	}
	chain_next(argv);
}
