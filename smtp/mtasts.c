/* SPDX-License-Identifier: ISC */
/* mtasts: the MTA-STS policy of a domain, from the cache or from the domain. */
#include <errno.h>
#include <fcntl.h>
#include <skalibs/sgetopt.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "deadline.h"
#include "hostname.h"
#include "line.h"
#include "log.h"
#include "priv.h"
#include "resolve.h"
#include "smtp/stscache.h"
#include "smtp/stsfetch.h"
#include "smtp/stspolicy.h"
#include "usage.h"

int mtasts_main(int, char **);

enum {
	MTASTS_LOOKUP = 15,
	MTASTS_ASKED = 10,
	MTASTS_AGAIN = 300, /* RFC 8461, 3.3: no more often than that */
	MTASTS_DAY = 86400
};

static const char mtasts_usage[] =
    "usage: mtasts [-A file] [-d dir] [-p port] [-t seconds] [domain]\n"
    "Prints the MTA-STS policy of the domain, or of that on standard input.\n"
    "  -d dir      where policies are kept (mtasts)\n"
    "  -A file     authorities to trust in place of the system's (PEM)\n"
    "  -p port     of the policy hosts (443)\n"
    "  -t seconds  to fetch a policy (60)\n";

struct mtasts {
	const char *folder;
	int dir;
	uint64_t now;
	char domain[HOSTNAME_SIZE];
	struct stscache cache;
	struct stspolicy policy;
	struct stsfetch fetch;
};

static void
mtasts_option(struct mtasts *m, int c, const char *arg)
{
	switch (c) {
	case 'A':
		m->fetch.ca = arg;
		break;
	case 'd':
		m->folder = arg;
		break;
	case 'p':
		m->fetch.port =
		    (unsigned int)usage_number("option -p", arg, 1, 65535);
		break;
	case 't':
		m->fetch.seconds =
		    (unsigned int)usage_number("option -t", arg, 1, 3600);
		break;
	case 'h':
		usage_help(mtasts_usage);
	default:
		usage_die(mtasts_usage);
	}
}

/* The domain of the command line, or null. */
static const char *
mtasts_options(struct mtasts *m, int argc, char **argv)
{
	subgetopt o = SUBGETOPT_ZERO;
	int c;

	while ((c = subgetopt_r(
		    argc, (char const *const *)argv, "hA:d:p:t:", &o)) != -1)
		mtasts_option(m, c, o.arg);
	if (argc - o.ind > 1)
		usage_die(mtasts_usage);
	return argv[o.ind];
}

/* The domain that is asked for: one line. */
static void
mtasts_domain(struct mtasts *m, const char *arg)
{
	char buf[HOSTNAME_SIZE + 2], *s = buf;
	enum line_verdict v;
	struct line in;
	tain deadline;
	size_t n;

	if (!arg) {
		deadline_in(&deadline, MTASTS_ASKED);
		line_init(&in, 0, LINE_BUFFER, buf, sizeof buf);
		v = line_read(&in, &s, &n, &deadline);
		if (v != LINE_OK && v != LINE_BARELF)
			log_die(100, "no domain on standard input", (char *)0);
	}
	if (!hostname_clean(m->domain, arg ? arg : s) ||
	    strlen(m->domain) + sizeof "_mta-sts." > HOSTNAME_SIZE)
		log_die(100, "'", arg ? arg : s, "' is no domain", (char *)0);
}

/* The id that the domain publishes now. 1; 0 none, or more than one; -1 that
 * cannot be found out now. */
static int
mtasts_published(const struct mtasts *m, char *id)
{
	static struct resolve_txts t;
	char name[HOSTNAME_SIZE + 16], one[STSPOLICY_ID];
	tain deadline;
	size_t i;
	int found = 0, r;

	snprintf(name, sizeof name, "_mta-sts.%s", m->domain);
	deadline_in(&deadline, MTASTS_LOOKUP);
	switch (resolve_txts(name, &t, &deadline)) {
	case RESOLVE_TEMP:
		return -1;
	case RESOLVE_NONE:
		return 0;
	case RESOLVE_FOUND:
		break;
	}
	for (i = 0; i < t.n; i++) {
		if ((r = stspolicy_txt(t.text[i], one)) == 0)
			continue;
		if (r < 0 || found)
			return 0;
		found = 1;
		strcpy(id, one);
	}
	return found;
}

/* 1 if the cache has a policy that holds now, else 0. */
static int
mtasts_held(struct mtasts *m)
{
	return m->cache.until > m->now && m->cache.fetched <= m->now &&
	    !stspolicy_parse(&m->policy, m->cache.text, m->cache.n);
}

/* 1 if the policy must be fetched now, with ID published; else 0. HELD: there
 * is one, that is fetched anew before it ends. */
static int
mtasts_due(const struct mtasts *m, const char *id, int held)
{
	const struct stscache *c = &m->cache;
	uint64_t fresh = (c->until - c->fetched) / 2;

	if (fresh > MTASTS_DAY)
		fresh = MTASTS_DAY;
	if (held && strcmp(c->id, id) == 0 && m->now - c->fetched < fresh)
		return 0;
	return strcmp(c->tried, id) != 0 || c->when > m->now ||
	    m->now - c->when >= MTASTS_AGAIN;
}

/* Fetches the policy with ID into the cache. Null, or why not, as a result of
 * RFC 8460 and a reason. */
static const char *
mtasts_get(struct mtasts *m, const char *id)
{
	static char failed[STSCACHE_WHY];
	struct stscache *c = &m->cache;
	const char *why = m->fetch.why;
	size_t i;

	if (stsfetch(&m->fetch, m->domain) == 0) {
		why = stspolicy_parse(&m->policy, m->fetch.text, m->fetch.n);
		m->fetch.word = "sts-policy-invalid";
	}
	if (why) {
		snprintf(failed, sizeof failed, "%s %s", m->fetch.word, why);
		for (i = 0; failed[i]; i++)
			if ((unsigned char)failed[i] < ' ' || failed[i] == 127)
				failed[i] = '?';
		return failed;
	}
	strcpy(c->id, id);
	c->fetched = m->now;
	c->until = m->now + m->policy.max_age;
	c->n = m->fetch.n;
	memcpy(c->text, m->fetch.text, c->n);
	return 0;
}

/* Fetches the policy with ID; whatever comes of it is kept. A policy that holds
 * stays where there is no new one. */
static void
mtasts_fetch(struct mtasts *m, const char *id)
{
	struct stscache *c = &m->cache;
	const char *failed = mtasts_get(m, id);

	strcpy(c->tried, id);
	c->when = m->now;
	snprintf(c->failed, sizeof c->failed, "%s", failed ? failed : "");
	log_event(failed ? "fetch-failed" : "fetched", "domain", m->domain,
	    "id", id, "mode", failed ? 0 : stspolicy_word(m->policy.mode),
	    "reason", failed, (char *)0);
	if (stscache_write(m->dir, m->domain, c) < 0)
		log_event("not-kept", "domain", m->domain, "reason",
		    strerror(errno), (char *)0);
}

/* What there is to say, in one write. */
static int
mtasts_print(struct mtasts *m, int held)
{
	static char text[STSPOLICY_MX * (HOSTNAME_SIZE + 8) + 1024];
	size_t i;
	FILE *f = fmemopen(text, sizeof text, "w");
	long n;
	tain deadline;

	if (!f)
		log_diesys(111, "no memory", (char *)0);
	fprintf(f, "mode %s\n",
	    stspolicy_word(held ? m->policy.mode : STSPOLICY_NONE));
	if (held)
		fprintf(f, "id %s\nuntil %llu\n", m->cache.id,
		    (unsigned long long)m->cache.until);
	for (i = 0; held && i < m->policy.n; i++)
		fprintf(f, "mx %s\n", m->policy.mx[i]);
	if (*m->cache.failed)
		fprintf(f, "failed %s\n", m->cache.failed);
	fprintf(f, "end\n");
	n = ftell(f);
	fclose(f);
	deadline_in(&deadline, MTASTS_ASKED);
	return n > 0 && deadline_write(1, text, (size_t)n, &deadline) == 1
	    ? 0
	    : 111;
}

int
mtasts_main(int argc, char **argv)
{
	static struct mtasts m; /* large, so not in the program's file */
	char id[STSPOLICY_ID];
	const char *domain;
	int held;

	log_start("mtasts");
	m.folder = "mtasts";
	m.fetch.port = 443;
	m.fetch.seconds = 60;
	domain = mtasts_options(&m, argc, argv);
	priv_drop(0, 0);
	mtasts_domain(&m, domain);
	m.now = (uint64_t)time(0);
	m.dir = open(m.folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (m.dir < 0 || stscache_read(m.dir, m.domain, &m.cache) < 0)
		log_diesys(errno == ENOENT ? 100 : 111, "cannot read ",
		    m.folder, (char *)0);
	held = mtasts_held(&m);
	if (mtasts_published(&m, id) == 1 && mtasts_due(&m, id, held)) {
		mtasts_fetch(&m, id);
		held = mtasts_held(&m);
	} else if (!held)
		*m.cache.failed = 0;
	return mtasts_print(&m, held);
}
