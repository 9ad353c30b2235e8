/* SPDX-License-Identifier: ISC */
/* The one request that the responder for HTTP-01 answers. */
#include "acmereq.h"

#include <string.h>

static const char acmereq_path[] = "/.well-known/acme-challenge/";
static const char acmereq_letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz0123456789-_";

/* The length of the word at S, at most N bytes, that ends before a space. */
static size_t
acmereq_word(const char *s, size_t n)
{
	const char *space = memchr(s, ' ', n);

	return space ? (size_t)(space - s) : n;
}

static int
acmereq_is(const char *s, size_t n, const char *word)
{
	return n == strlen(word) && memcmp(s, word, n) == 0;
}

/* The path S of N bytes. As acmereq_parse. */
static int
acmereq_token(const char *s, size_t n, char *token)
{
	size_t prefix = sizeof acmereq_path - 1, i;

	if (n <= prefix || memcmp(s, acmereq_path, prefix) != 0)
		return 404;
	s += prefix;
	n -= prefix;
	if (n > ACMEREQ_TOKEN)
		return 404;
	for (i = 0; i < n; i++) {
		if (!s[i] || !strchr(acmereq_letters, s[i]))
			return 404;
		token[i] = s[i];
	}
	token[n] = 0;
	return 200;
}

int
acmereq_parse(const char *s, size_t n, enum acmereq_method *method, char *token)
{
	size_t verb = acmereq_word(s, n), path;
	const char *end = s + n, *p = s + verb + 1;

	if (!verb || verb == n)
		return 400;
	path = acmereq_word(p, (size_t)(end - p));
	if (!path || p[0] != '/' || p + path == end ||
	    (!acmereq_is(
		 p + path + 1, (size_t)(end - p) - path - 1, "HTTP/1.1") &&
		!acmereq_is(
		    p + path + 1, (size_t)(end - p) - path - 1, "HTTP/1.0")))
		return 400;
	if (acmereq_is(s, verb, "GET"))
		*method = ACMEREQ_GET;
	else if (acmereq_is(s, verb, "HEAD"))
		*method = ACMEREQ_HEAD;
	else
		return 405;
	return acmereq_token(p, path, token);
}
