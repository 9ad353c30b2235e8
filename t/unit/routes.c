/* SPDX-License-Identifier: ISC */
/* routes_find: the order of lookup, the default, damaged records. */
#include "routes.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "t/tap.h"

static char file[] = "/tmp/postern-routes.XXXXXX";

static void
add(struct rules_maker *m, const char *key, const char *host, const char *port,
    const char *tls)
{
	char v[128];
	int n = snprintf(v, sizeof v, "host=%s%cport=%s%ctls=%s%cauth=%s.a%c",
	    host, 0, port, 0, tls, 0, host, 0);

	if (rules_add(m, key, strlen(key), v, (size_t)n) < 0)
		exit(111);
}

static struct rules *
make(void)
{
	struct rules_maker *m = rules_make(file, "routes", 0600);
	struct rules *r;

	if (!m)
		exit(111);
	add(m, "example.org", "a", "25", "off");
	add(m, ".example.org", "b", "26", "offer");
	add(m, ".deep.example.org", "c", "65535", "require");
	add(m, "*", "d", "587", "verify");
	add(m, "level.test", "x", "25", "both");
	add(m, "port.test", "x", "65536", "dane");
	if (rules_add(m, "mx.test", 7, "tls=dane", 9) < 0 ||
	    rules_commit(m) < 0 || !(r = rules_open(file, "routes")))
		exit(111);
	return r;
}

/* The way to DOMAIN is by HOST, PORT and TLS. */
static void
way(struct rules *r, const char *domain, const char *host, unsigned int port,
    enum routes_tls tls)
{
	struct routes_way w;

	ok(routes_find(r, domain, &w) == 1, domain);
	is(w.host, host, "host");
	ok(w.port == port && w.tls == tls, "port and TLS");
	ok(w.auth && w.auth[0] == *host && !w.source, "auth, and no source");
}

int
main(void)
{
	struct routes_way w;
	struct rules *r;
	int fd = mkstemp(file);

	if (fd < 0)
		return 111;
	close(fd);
	r = make();
	way(r, "example.org", "a", 25, ROUTES_OFF);
	way(r, "x.example.org", "b", 26, ROUTES_OFFER);
	way(r, "deep.example.org", "b", 26, ROUTES_OFFER);
	way(r, "x.y.deep.example.org", "c", 65535, ROUTES_REQUIRE);
	way(r, "xexample.org", "d", 587, ROUTES_VERIFY);
	way(r, "org", "d", 587, ROUTES_VERIFY);
	way(r, "", "d", 587, ROUTES_VERIFY);
	ok(routes_find(r, "mx.test", &w) == 1 && !w.host && !w.auth &&
		w.port == ROUTES_PORT && w.tls == ROUTES_DANE,
	    "MX");
	ok(routes_find(r, "level.test", &w) == -1 && errno == EPROTO,
	    "a level");
	ok(routes_find(r, "port.test", &w) == -1 && errno == EPROTO, "a port");
	rules_close(r);
	rules_commit(rules_make(file, "routes", 0600));
	r = rules_open(file, "routes");
	ok(r && routes_find(r, "a.test", &w) == 0 && !w.host &&
		w.tls == ROUTES_OFFER && w.port == ROUTES_PORT,
	    "no route: the default");
	rules_close(r);
	unlink(file);
	return done();
}
