/* SPDX-License-Identifier: ISC */
/* Fuzzes what smtpsend reads and writes: the lines of a reply, and a body
 * (whole and in pieces), which must hold no bare CR or LF and one end. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "smtp/sendbody.h"
#include "smtp/sendreply.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
fuzz_reply(const char *s, size_t n)
{
	struct sendconn_reply r = {0};
	char line[512];
	size_t len, i;
	int more = 1;

	for (i = 0; i < n && more == 1; i += len + 1) {
		const char *lf = memchr(s + i, '\n', n - i);

		len = lf ? (size_t)(lf - s) - i : n - i;
		if (len >= sizeof line)
			return;
		memcpy(line, s + i, len);
		line[len] = 0;
		more = sendreply_line(&r, line, len);
	}
	if (more == 0)
		sendreply_finish(&r);
	for (i = 0; r.text[i]; i++)
		if (r.text[i] < ' ' || r.text[i] > '~')
			abort();
	if (i >= sizeof r.text || (more == 0 && r.status[1] != '.'))
		abort();
}

static size_t
fuzz_stuff(const char *in, size_t n, size_t step, char *out)
{
	struct sendbody b = {0};
	size_t i, k, len = 0;
	char *piece;

	for (i = 0; i < n; i += k) {
		k = n - i < step ? n - i : step;
		piece = malloc(2 * k + 2); /* exactly what it may take */
		size_t w = sendbody_stuff(&b, in + i, k, piece);

		memcpy(out + len, piece, w);
		len += w;
		free(piece);
	}
	return len + sendbody_end(&b, out + len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const char *in = (const char *)data + 1;
	char *a, *b;
	size_t la, lb, i;

	if (n < 1)
		return 0;
	n--;
	fuzz_reply(in, n);
	a = malloc(2 * n + 8);
	b = malloc(2 * n + 8);
	la = fuzz_stuff(in, n, n + 1, a);
	lb = fuzz_stuff(in, n, (size_t)data[0] % 8 + 1, b);
	if (la != lb || memcmp(a, b, la) != 0)
		abort();
	for (i = 0; i < la; i++) {
		if (a[i] == '\r' && (i + 1 == la || a[i + 1] != '\n'))
			abort();
		if (a[i] == '\n' && (i == 0 || a[i - 1] != '\r'))
			abort();
		if (a[i] == '.' && (i == 0 || a[i - 1] == '\n') &&
		    a[i + 1] == '\r' && i + 3 != la)
			abort();
	}
	free(a);
	free(b);
	return 0;
}
