/* SPDX-License-Identifier: ISC */
/* The signer: the process of tlsd that holds private keys. */
#include "signer.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "keyring.h"
#include "log.h"
#include "order.h"
#include "pass.h"

enum { SIGNER_REPORT = 3600, SIGNER_REFUSALS = 10 };

struct signer {
	struct keyring keys;
	int worker;
	int dir;       /* of the bundles, in one-connection mode; else -1 */
	uint64_t last; /* number of a key, in one-connection mode */
	uint64_t signatures, refused, told;
	time_t report;
};

static void
signer_tell(struct signer *s)
{
	char a[LOG_NUM], b[LOG_NUM];

	if (s->signatures + s->refused != s->told)
		log_event("signer", "signatures", log_u64(a, s->signatures),
		    "refused", log_u64(b, s->refused), (char *)0);
	s->told = s->signatures + s->refused;
}

/* What a worker must not ask is a sign of a worker that is not ours any more:
 * the first few times are told at once. */
static void
signer_refuse(struct signer *s, const char *why)
{
	if (s->refused++ < SIGNER_REFUSALS)
		log_event("badrequest", "reason", why, (char *)0);
}

static void
signer_reply(struct signer *s, const struct signreply *r, int fd)
{
	if (pass_send(s->worker, r, signreply_size(r), &fd, fd >= 0) < 0)
		log_event("signer", "reason", "a reply cannot be sent", "error",
		    strerror(errno), (char *)0);
}

/* The bundle NAME for a worker that asks by name. Its certificates, or -1. */
static int
signer_bundle(struct signer *s, const char *name, uint64_t key)
{
	const char *why = "";
	int certs = -1, fd = names_open(s->dir, name);

	if (fd < 0 && errno == ENOENT && s->last)
		return -1; /* clients ask for all sorts of names */
	if (fd >= 0) {
		certs = keyring_add(&s->keys, key, fd, &why);
		close(fd);
	} else {
		why = strerror(errno);
	}
	if (certs < 0)
		log_event("badbundle", "name", name, "reason", why, (char *)0);
	return certs;
}

static void
signer_name(struct signer *s, const struct signreq *q, struct signreply *r)
{
	int certs;

	if (s->dir < 0) {
		signer_refuse(s, "bundles are not given by name");
		signer_reply(s, r, -1);
		return;
	}
	r->key = s->last + 1;
	certs = signer_bundle(s, (const char *)q->text, r->key);
	s->last = r->key;
	signer_reply(s, r, certs);
	if (certs >= 0)
		close(certs);
}

/* One request. 0 when the worker is gone. */
static int
signer_serve(struct signer *s)
{
	struct signreq q;
	struct signreply r;
	ssize_t n;

	memset(&q, 0, offsetof(struct signreq, text));
	memset(&r, 0, offsetof(struct signreply, text));
	if ((n = recv(s->worker, &q, sizeof q, MSG_DONTWAIT)) <= 0)
		return n < 0 && (errno == EAGAIN || errno == EINTR);
	if (!signreq_ok(&q, (size_t)n)) {
		signer_refuse(s, "a worker asked for what is no handshake");
		q.kind = 0;
	}
	r.serial = q.serial;
	if (q.kind == SIGNREQ_FORGET) {
		keyring_forget(&s->keys, q.key);
		return 1;
	}
	if (q.kind == SIGNREQ_NAME) {
		signer_name(s, &q, &r);
		return 1;
	}
	if (q.kind == SIGNREQ_SIGN) {
		r.n = (uint16_t)keyring_sign(&s->keys, &q, r.text);
		if (r.n)
			s->signatures++;
		else
			signer_refuse(s, "no such key, or not for this scheme");
	}
	signer_reply(s, &r, -1);
	return 1;
}

/* One order of the master. 0 when it is gone. */
static int
signer_order(struct signer *s, int master)
{
	struct order o;
	struct order_reply r;
	const char *why = "";
	int fd, certs = -1;
	int got = order_recv(master, &o, &fd);

	if (got <= 0)
		return got < 0 && errno == EAGAIN;
	memset(&r, 0, sizeof r);
	if (o.kind == ORDER_ALL)
		r.ok = 1;
	else if (o.kind == ORDER_BUNDLE && fd >= 0)
		r.ok = (certs = keyring_add(&s->keys, o.key, fd, &why)) >= 0;
	snprintf(r.why, sizeof r.why, "%s", why);
	if (pass_send(master, &r, sizeof r, &certs, certs >= 0) < 0)
		got = 0;
	if (fd >= 0)
		close(fd);
	if (certs >= 0)
		close(certs);
	return got;
}

/* Keys are never written to disk by the system, where it lets us see to that:
 * the limit of a user is mostly too low for a whole process. */
void
signer_prepare(void)
{
	struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};

	if (!keyring_prepare())
		log_die(111, "OpenSSL cannot be set up", (char *)0);
	if ((setrlimit(RLIMIT_MEMLOCK, &all) == 0 ||
		(getrlimit(RLIMIT_MEMLOCK, &all) == 0 &&
		    all.rlim_cur == RLIM_INFINITY)) &&
	    mlockall(MCL_CURRENT | MCL_FUTURE) < 0)
		log_diesys(111, "cannot lock memory", (char *)0);
}

/* Counts are told when there were some and it is time. */
static void
signer_tick(struct signer *s)
{
	time_t now = time(0);

	if (now < s->report)
		return;
	signer_tell(s);
	s->report = now + SIGNER_REPORT;
}

void
signer_run(int master, int worker)
{
	struct signer s = {.worker = worker, .dir = -1};
	struct pollfd p[2] = {
	    {.fd = worker, .events = POLLIN}, {.fd = master, .events = POLLIN}};

	s.report = time(0) + SIGNER_REPORT;
	for (;;) {
		if (poll(p, 2, SIGNER_REPORT * 1000) < 0 && errno != EINTR)
			log_diesys(111, "cannot wait", (char *)0);
		if (p[0].revents && !signer_serve(&s))
			break;
		if (p[1].revents && !signer_order(&s, master))
			p[1].fd = -1; /* the worker may still have clients */
		signer_tick(&s);
	}
	signer_tell(&s);
}

void
signer_run_one(int dir, int worker, void (*drop)(void *arg), void *arg)
{
	struct signer s = {.worker = worker, .dir = dir};
	struct pollfd p = {.fd = worker, .events = POLLIN};

	while (poll(&p, 1, -1) == 1 && signer_serve(&s))
		if (drop) {
			drop(arg);
			drop = 0;
		}
}
