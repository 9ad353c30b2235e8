/* SPDX-License-Identifier: ISC */
/* Fuzz target: base64, which has one form for each string of bytes, and the
 * message of SASL PLAIN in it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "auth/saslplain.h"
#include "base64.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
need(int good)
{
	if (!good)
		abort();
}

/* The N bytes at S as a message, at the end of their memory. */
static void
plain(const char *s, size_t n)
{
	char *m = malloc(n ? n : 1);
	struct saslplain p;

	need(m != 0);
	memcpy(m, s, n);
	if (saslplain_parse(m, n, &p) == SASLPLAIN_OK) {
		need(p.user > m && p.user + p.un + 1 == p.password);
		need(p.password + p.pn == m + n);
		need(!memchr(p.user, 0, p.un) && !memchr(p.password, 0, p.pn));
		need(!*m || strcmp(m, p.user) == 0);
	}
	free(m);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *s = (const char *)data;
	char *text = malloc(BASE64_SIZE(size)), *back = malloc(size + 1);
	long n;

	need(text && back);
	base64_encode(text, s, size);
	n = (long)strlen(text);
	need(base64_decode(text, text, (size_t)n) == (long)size &&
	    memcmp(text, data, size) == 0);
	if ((n = base64_decode(back, s, size)) >= 0) {
		need((size_t)n <= size / 4 * 3);
		base64_encode(text, back, (size_t)n);
		need(strlen(text) == size && memcmp(text, data, size) == 0);
		plain(back, (size_t)n);
	}
	plain(s, size);
	free(text);
	free(back);
	return 0;
}
