/* SPDX-License-Identifier: ISC */
/* Reverse-path and forward-path. */
#include "smtp/path.h"

#include <string.h>
#include <strings.h>

#include "address.h"

/* Length of the source route "@a,@b:" at S, 0 if there is none, or -1. */
static long
smtp_path_route(const char *s, size_t n)
{
	const char *colon, *p = s, *stop;

	if (!n || *s != '@')
		return 0;
	if (!(colon = memchr(s, ':', n)))
		return -1;
	while (p < colon) {
		if (*p++ != '@')
			return -1;
		if (!(stop = memchr(p, ',', (size_t)(colon - p))))
			stop = colon;
		if (!address_domain_valid(p, (size_t)(stop - p), 0))
			return -1;
		p = stop + (stop < colon);
		if (stop < colon && p == colon)
			return -1;
	}
	return colon - s + 1;
}

/* Where the '>' is that ends the mailbox at S (one in quotes does not), or
 * null. */
static const char *
smtp_path_end(const char *s, const char *end)
{
	int quoted = 0;

	for (; s < end; s++) {
		if (*s == '"')
			quoted = !quoted;
		else if (*s == '\\' && quoted)
			s++;
		else if (*s == '>' && !quoted)
			return s;
	}
	return 0;
}

enum smtp_path_verdict
smtp_path_read(const char *s, size_t n, struct smtp_path *p)
{
	const char *end;
	long route;

	if (!n || *s != '<' || (route = smtp_path_route(s + 1, n - 1)) < 0)
		return SMTP_PATH_SYNTAX;
	p->s = s + 1 + route;
	if (!(end = smtp_path_end(p->s, s + n)))
		return SMTP_PATH_SYNTAX;
	p->n = (size_t)(end - p->s);
	p->used = (size_t)(end - s) + 1;
	if (p->n == 0)
		return route ? SMTP_PATH_MAILBOX : SMTP_PATH_NULL;
	if (!route && p->n == 10 && strncasecmp(p->s, "postmaster", 10) == 0)
		return SMTP_PATH_LOCAL;
	if (address_valid(p->s, p->n, 0))
		return SMTP_PATH_OK;
	return address_valid(p->s, p->n, 1) ? SMTP_PATH_UTF8
					    : SMTP_PATH_MAILBOX;
}
