/* SPDX-License-Identifier: ISC */
/* Refusals of any text: one line of printable ASCII that never begins like a
 * success, within its bounds. */
#include "ipcheck/refusal.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
fuzz_one(enum refusal p, int later, const char *text)
{
	char *buf = malloc(REFUSAL_MAX);
	size_t n, i;

	if (!buf)
		abort();
	n = refusal_format(buf, p, later, text);
	if (n < 2 || n > REFUSAL_MAX || memcmp(buf + n - 2, "\r\n", 2) != 0)
		abort();
	for (i = 0; i < n - 2; i++)
		if (buf[i] < ' ' || buf[i] > '~')
			abort();
	if ((p == REFUSAL_SMTP &&
		((*buf != '4' && *buf != '5') || buf[3] != ' ')) ||
	    (p == REFUSAL_POP3 && memcmp(buf, "-ERR ", 5) != 0) ||
	    (p == REFUSAL_IMAP && memcmp(buf, "* BYE ", 6) != 0))
		abort();
	free(buf);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum refusal protocols[] = {
	    REFUSAL_LINE, REFUSAL_SMTP, REFUSAL_POP3, REFUSAL_IMAP};
	char *text = malloc(size + 1);
	size_t i;

	if (!text)
		abort();
	memcpy(text, data, size);
	text[size] = 0;
	for (i = 0; i < 8; i++)
		fuzz_one(protocols[i / 2], (int)i % 2, text);
	free(text);
	return 0;
}
