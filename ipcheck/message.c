/* SPDX-License-Identifier: ISC */
/* What a client is told that may not go on. */
#include "message.h"

#include <string.h>
#include <unistd.h>

#include "log.h"

enum { MESSAGE_MAX = 510 }; /* and CR LF: an SMTP reply line */

void
message_send(const char *text)
{
	char line[MESSAGE_MAX + 2];
	size_t n;

	if (!text)
		return;
	n = strnlen(text, MESSAGE_MAX);
	memcpy(line, text, n);
	memcpy(line + n, "\r\n", 2);
	if (write(1, line, n + 2) < 0)
		log_event("note", "reason",
		    "the client did not wait for the message", (char *)0);
}
