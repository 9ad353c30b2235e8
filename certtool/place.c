/* SPDX-License-Identifier: ISC */
/* Where keys, requests and bundles lie. */
#include "place.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "address.h"
#include "package/say.h"

static void place_put(char *to, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
place_put(char *to, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(to, PATH_MAX, fmt, ap);
	va_end(ap);
	if (n < 0 || n >= PATH_MAX)
		die(100, "a path is too long: %s", to);
}

/* A wildcard is no good name for a file. */
static void
place_host(struct place *p, const char *host)
{
	if (strncmp(host, "*.", 2) == 0)
		host += 2;
	if (strlen(host) >= sizeof p->host)
		die(100, "the name is too long: %s", host);
	strcpy(p->host, host);
}

void
place_instance(struct place *p, const char *dir, const char *host)
{
	memset(p, 0, sizeof *p);
	p->is_instance = 1;
	instance_need(&p->i, dir);
	place_host(p, host ? host : p->i.host);
	place_put(p->bundle, "%s/tls/%s.pem", p->i.dir, p->host);
	place_put(p->last, "%s.last", p->bundle);
	place_put(p->key, "%s/tls/request/%s.key", p->i.dir, p->host);
	place_put(
	    p->request, "%s/tls/request/%s.request.pem", p->i.dir, p->host);
	if (p->i.roles)
		p->owner = &p->i.role[ROLE_TLS];
}

void
place_here(struct place *p, const char *host)
{
	memset(p, 0, sizeof *p);
	place_host(p, host);
	place_put(p->bundle, "%s.pem", p->host);
	place_put(p->last, "%s.last", p->bundle);
	place_put(p->key, "%s.key", p->host);
	strcpy(p->request, "request.pem");
}

void
place_bundle(struct place *p, const char *file)
{
	const char *slash = strrchr(file, '/');
	const char *name = slash ? slash + 1 : file;
	size_t n = strlen(name), dir = (size_t)(name - file);

	memset(p, 0, sizeof *p);
	place_put(p->bundle, "%s", file);
	place_put(p->last, "%s.last", file);
	if (n > 4 && strcmp(name + n - 4, ".pem") == 0)
		n -= 4;
	place_put(p->key, "%.*s%.*s.key", (int)dir, file, (int)n, name);
	place_put(
	    p->request, "%.*s%.*s.request.pem", (int)dir, file, (int)n, name);
	if (n != strlen(name) && n < sizeof p->host && memchr(name, '.', n) &&
	    address_domain_valid(name, n, 0)) {
		memcpy(p->host, name, n);
		p->host[n] = 0;
	}
}
