/* SPDX-License-Identifier: ISC */
/* The child of the spawner, which becomes a link to another server. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chain.h"
#include "log.h"
#include "queue/spawner.h"
#include "queue/start.h"
#include "routes.h"

enum { LINK_PATH = 4096, LINK_ARGS = 32, LINK_FD = 10 };

struct link_args {
	size_t n;
	char *v[LINK_ARGS];
};

static void
link_option(struct link_args *a, const char *name, const char *value)
{
	if (!value)
		return;
	a->v[a->n++] = (char *)name;
	a->v[a->n++] = (char *)value;
}

/* The rules of routes; null: there are none. */
static struct rules *
link_rules(const char *cdb)
{
	char file[LINK_PATH];
	struct rules *r;

	snprintf(file, sizeof file, "%s/routes.cdb", cdb);
	if (!(r = rules_open(file, "routes")) && errno != ENOENT)
		log_diesys(111, "cannot read ", file, (char *)0);
	return r;
}

/* The file with name and password, open, its number in NUMBER. */
static const char *
link_auth(char *number, const char *file)
{
	int fd = open(file, O_RDONLY | O_NOCTTY | O_CLOEXEC), high;

	if (fd < 0 || (high = fcntl(fd, F_DUPFD, LINK_FD)) < 0)
		log_diesys(111, "cannot open ", file, (char *)0);
	close(fd);
	return log_u64(number, (uint64_t)high);
}

static const char *
link_level(enum routes_tls level)
{
	static const char *const words[] = {
	    "off", "offer", "require", "verify", "dane"};

	return words[level];
}

void
start_link(const struct start_config *c, const char *const *field, int fd)
{
	struct routes_way way = {.port = ROUTES_PORT, .tls = ROUTES_OFFER};
	char port[LOG_NUM], auth[LOG_NUM];
	const char *domain = field[5] + 1;
	struct link_args a = {1, {(char *)"smtproute"}};
	struct rules *r;

	log_start("queued");
	if (setpgid(0, 0) < 0 || dup2(fd, 0) < 0)
		log_diesys(111, "cannot start a link", (char *)0);
	close(fd);
	r = link_rules(c->cdb); /* stays open: WAY points into it */
	if (r && routes_find(r, domain, &way) < 0)
		log_diesys(111, "damaged rules of routes", (char *)0);
	link_option(&a, "-H", c->host);
	link_option(&a, "-A", c->authorities);
	link_option(&a, "-l", link_level(way.tls));
	link_option(&a, "-o", way.host);
	link_option(&a, "-p", log_u64(port, way.host ? way.port : c->port));
	link_option(&a, "-i", way.source);
	link_option(&a, "-D", c->dnssec);
	link_option(&a, "-M", c->mtasts);
	if (way.auth)
		link_option(&a, "-a", link_auth(auth, way.auth));
	if (*field[4])
		a.v[a.n++] = (char *)"-R"; /* REQUIRETLS */
	a.v[a.n++] = (char *)domain;
	if (geteuid() == 0 && (!c->send || c->send->uid == 0))
		log_die(111, "no user to send as (option -s)", (char *)0);
	priv_drop(geteuid() == 0 ? c->send : 0, 0);
	chain_next(a.v);
}
