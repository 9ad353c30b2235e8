/* SPDX-License-Identifier: ISC */
/* The resolver that checks DNSSEC: libunbound. */
#include "validator.h"

#include <arpa/nameser.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unbound.h>
#include <unistd.h>

#include "deadline.h"
#include "ip.h"
#include "log.h"

enum { VALIDATOR_LINE = 4096, VALIDATOR_SERVER = 80 };
enum { VALIDATOR_WAIT = 10, VALIDATOR_WAIT_MAX = 600 };
enum { VALIDATOR_DNSKEY = 48 }; /* type of a record (RFC 4034) */

#define VALIDATOR_TEST "test"

struct validator {
	struct ub_ctx *ctx;
	validator_answer *answer;
	int proven;        /* DNSSEC has worked once */
	int asking;        /* the root is being asked */
	unsigned int wait; /* seconds to the next time */
	tain next;
};

/* R is what FAILED, with CODE for wrong configuration. */
static void
validator_need(int r, int code, const char *failed)
{
	if (r != 0)
		log_die(r == UB_NOMEM ? 111 : code, failed, ": ",
		    ub_strerror(r), (char *)0);
}

static void
validator_options(struct ub_ctx *ctx)
{
	static const char *const option[][2] = {
	    {"do-not-query-localhost:", "no"}, {"outgoing-range:", "256"},
	    {"num-queries-per-thread:", "256"}, {"msg-cache-size:", "8m"},
	    {"rrset-cache-size:", "16m"}, {"key-cache-size:", "4m"},
	    {"do-ip6:", "yes"}};
	size_t i;

	for (i = 0; i < sizeof option / sizeof *option; i++)
		validator_need(
		    ub_ctx_set_option(ctx, option[i][0], option[i][1]), 111,
		    option[i][0]);
}

/* The keys of FILE, without comments. */
static void
validator_anchors(struct ub_ctx *ctx, const char *file)
{
	FILE *f = fopen(file, "re");
	char line[VALIDATOR_LINE];
	size_t keys = 0;

	if (!f)
		log_diesys(errno == ENOENT ? 100 : 111, "cannot open ", file,
		    (char *)0);
	while (fgets(line, sizeof line, f)) {
		if (!strchr(line, '\n') && !feof(f))
			log_die(100, file, ": a line is too long", (char *)0);
		line[strcspn(line, ";\r\n")] = 0;
		if (!line[strspn(line, " \t")])
			continue;
		validator_need(ub_ctx_add_ta(ctx, line), 100, file);
		keys++;
	}
	if (ferror(f))
		log_diesys(111, "cannot read ", file, (char *)0);
	fclose(f);
	if (!keys)
		log_die(100, file, " has no key", (char *)0);
}

/* One server, as resolve.h has them, of N bytes. */
static void
validator_server(struct ub_ctx *ctx, const char *s, size_t n)
{
	char text[VALIDATOR_SERVER], *colon, *end, *host = text;
	char at[VALIDATOR_SERVER + LOG_NUM];
	unsigned long port = NS_DEFAULTPORT;
	struct ip ip;

	snprintf(text, sizeof text, "%.*s", (int)n, s);
	colon = strrchr(text, ':');
	if (*text == '[' && (end = strchr(text, ']'))) {
		host++;
		*end = 0;
		colon = end[1] == ':' ? end + 1 : 0;
	} else if (colon && strchr(text, ':') != colon)
		colon = 0; /* IPv6 */
	if (colon) {
		*colon = 0;
		port = strtoul(colon + 1, &end, 10);
		if (colon[1] < '0' || colon[1] > '9' || *end || port > 65535)
			port = 0;
	}
	if (n >= sizeof text || !port || !ip_scan(host, &ip))
		log_die(100, "no server of that form: ", s, (char *)0);
	snprintf(at, sizeof at, "%s@%lu", host, port);
	validator_need(ub_ctx_set_fwd(ctx, at), 100, at);
}

static void
validator_servers(struct ub_ctx *ctx, const char *servers)
{
	size_t n;

	if (!servers && access("/etc/resolv.conf", F_OK) == 0) {
		validator_need(
		    ub_ctx_resolvconf(ctx, 0), 111, "/etc/resolv.conf");
		return;
	}
	if (!servers || strcmp(servers, "root") == 0)
		return;
	do {
		n = strcspn(servers, ",");
		validator_server(ctx, servers, n);
		servers += n;
	} while (*servers++);
}

void
validator_unsigned(struct validator *v, const char *domain)
{
	char name[HOSTNAME_SIZE];

	if (!hostname_clean(name, domain))
		log_die(100, "'", domain, "' is no domain", (char *)0);
	validator_need(
	    ub_ctx_set_option(v->ctx, "domain-insecure:", name), 111, domain);
}

struct validator *
validator_new(
    const char *anchors, const char *servers, validator_answer *answer)
{
	struct validator *v = calloc(1, sizeof *v);

	if (!v || !(v->ctx = ub_ctx_create()))
		log_diesys(111, "libunbound does not start", (char *)0);
	v->answer = answer;
	v->wait = VALIDATOR_WAIT;
	ub_ctx_debugout(v->ctx, 0); /* what went wrong is in the answers */
	validator_options(v->ctx);
	validator_anchors(v->ctx, anchors);
	validator_servers(v->ctx, servers);
	validator_unsigned(v, VALIDATOR_TEST);
	validator_need(ub_ctx_async(v->ctx, 0), 111, "libunbound");
	return v;
}

/* Nothing is proven yet: the next time later, up to a limit. */
static void
validator_blind(struct validator *v, const char *why)
{
	char seconds[LOG_NUM];

	log_event("blind", "reason", why, "again", log_u64(seconds, v->wait),
	    (char *)0);
	deadline_in(&v->next, v->wait);
	v->wait *= 2;
	if (v->wait > VALIDATOR_WAIT_MAX)
		v->wait = VALIDATOR_WAIT_MAX;
}

static void
validator_proven(struct validator *v)
{
	if (!v->proven)
		log_event("validating", (char *)0);
	v->proven = 1;
}

/* The answer about the root: has DNSSEC ever worked here? */
static void
validator_root(void *data, int e, struct ub_result *r)
{
	struct validator *v = data;

	v->asking = 0;
	if (e == 0 && r->secure)
		validator_proven(v);
	else if (!v->proven)
		validator_blind(v,
		    e != 0             ? ub_strerror(e)
			: r->why_bogus ? r->why_bogus
				       : "the root has no signed keys");
	ub_resolve_free(r);
}

static int
validator_ask_root(struct validator *v)
{
	int r = ub_resolve_async(
	    v->ctx, ".", VALIDATOR_DNSKEY, ns_c_in, v, validator_root, 0);

	v->asking = r == 0;
	return r;
}

void
validator_start(struct validator *v)
{
	/* libunbound would answer for these without asking */
	validator_need(
	    ub_ctx_zone_remove(v->ctx, VALIDATOR_TEST "."), 100, "libunbound");
	validator_need(
	    ub_ctx_zone_remove(v->ctx, "home.arpa."), 100, "libunbound");
	validator_need(validator_ask_root(v), 100, "libunbound");
}

int
validator_fd(const struct validator *v)
{
	return ub_fd(v->ctx);
}

int
validator_work(struct validator *v)
{
	if (ub_process(v->ctx) != 0)
		return -1;
	if (!v->proven && !v->asking && !deadline_left(&v->next))
		return validator_ask_root(v) == 0 ? 0 : -1;
	return 0;
}

/* The canonical name R found, or the one that was asked for. */
static const char *
validator_name(char *name, const struct ub_result *r)
{
	if (!hostname_clean(name, r->canonname ? r->canonname : r->qname))
		*name = 0;
	return name;
}

static void
validator_got(void *data, int e, struct ub_result *r)
{
	struct validator_question *q = data;
	struct dnssec a = {.name = "", .why = ""};
	char name[HOSTNAME_SIZE];

	a.status = DNSSEC_FAILED;
	if (e != 0) {
		a.why = ub_strerror(e);
	} else if (r->bogus) {
		a.status = DNSSEC_BOGUS;
		a.why = r->why_bogus ? r->why_bogus : "not what was signed";
	} else if (r->rcode != ns_r_noerror && r->rcode != ns_r_nxdomain) {
		a.why = "the servers of the domain give no answer";
	} else {
		a.status = r->secure ? DNSSEC_SECURE : DNSSEC_INSECURE;
		a.some = r->havedata;
		a.name = validator_name(name, r);
		a.packet = r->answer_packet;
		a.n = r->answer_len > 0 ? (size_t)r->answer_len : 0;
	}
	if (a.status == DNSSEC_SECURE)
		validator_proven(q->v);
	else if (a.status != DNSSEC_INSECURE && !q->v->proven)
		a.status = DNSSEC_BLIND;
	q->v->answer(q, &a);
	ub_resolve_free(r);
}

int
validator_ask(struct validator *v, struct validator_question *q,
    const char *name, int type)
{
	q->v = v;
	return ub_resolve_async(v->ctx, *name ? name : ".", type, ns_c_in, q,
		   validator_got, &q->id) == 0
	    ? 0
	    : -1;
}

void
validator_cancel(struct validator_question *q)
{
	ub_cancel(q->v->ctx, q->id);
}
