/* SPDX-License-Identifier: ISC */
/* The host names a certificate is for. */
#include "hostnames.h"

#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "package/say.h"

static int
hostnames_valid(const char *s)
{
	const char *t = strncmp(s, "*.", 2) == 0 ? s + 2 : s;

	return address_domain_valid(t, strlen(t), 0) &&
	    (t == s || strchr(t, '.'));
}

int
hostnames_add(struct hostnames *h, const char *s)
{
	size_t i;
	char *p;

	if (!hostnames_valid(s))
		return 0;
	for (i = 0; i < h->n; i++)
		if (strcasecmp(h->name[i], s) == 0)
			return 1;
	if (h->n == HOSTNAMES_MAX)
		die(100, "a certificate here has at most %d names",
		    HOSTNAMES_MAX);
	if (!(p = strdup(s)))
		die_sys(111, "no memory");
	h->name[h->n++] = p;
	h->name[h->n] = 0;
	for (; *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p + ('a' - 'A'));
	return 1;
}

void
hostnames_need(struct hostnames *h, const char *s)
{
	if (!hostnames_add(h, s))
		die(100, "'%s' is no host name", s);
}
