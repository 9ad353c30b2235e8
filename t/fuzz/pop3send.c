/* SPDX-License-Identifier: ISC */
/* Fuzzes the sending of messages: whatever is in a file, in pieces of whatever
 * length, no line of it ends the reply, and the octets are counted right. */
#include <stdlib.h>
#include <string.h>

#include "pop3/pop3send.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

/* The octets of what was sent without dot-stuffing and the end. */
static size_t
unstuffed(const char *s, size_t n)
{
	size_t i, octets = 0;

	if (n < 3 || memcmp(s + n - 3, ".\r\n", 3) != 0)
		abort();
	for (i = 0; i < n - 3; i++) {
		if ((i == 0 || s[i - 1] == '\n') && s[i] == '.') {
			if (s[i + 1] == '\r' && s[i + 2] == '\n' &&
			    i + 2 < n - 3)
				abort();
			i++;
		}
		if (s[i] == '\n' && s[i - 1] != '\r')
			abort();
		octets++;
	}
	if (octets && s[n - 4] != '\n')
		abort();
	return octets;
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static char buf[POP3OUT_SIZE];
	struct pop3out out = {.fd = -1, .seconds = 1, .buf = buf};
	struct pop3send s;
	const char *p;
	size_t n, step;
	int64_t lines;

	if (size < 2 || size > POP3OUT_SIZE / 4)
		return 0;
	step = data[0] ? data[0] : 1;
	lines = data[1] == 255 ? POP3SEND_ALL : data[1];
	p = (const char *)data + 2;
	n = size - 2;
	pop3send_init(&s, &out, lines);
	while (n > 0) {
		if (step > n)
			step = n;
		if (!pop3send_piece(&s, p, step))
			break;
		p += step;
		n -= step;
	}
	pop3send_end(&s);
	if ((int64_t)unstuffed(buf, out.len) != s.octets)
		abort();
	return 0;
}
