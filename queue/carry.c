/* SPDX-License-Identifier: ISC */
/* A deliver that serves one mailbox. */
#include "queue/carry.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "address.h"
#include "deadline.h"
#include "local.h"
#include "log.h"
#include "peer.h"
#include "queue/outcome.h"

enum { CARRY_SECONDS = 30 };

struct carry_item {
	int fd; /* the message */
	const char *place, *connid;
	struct store *store;
	char text[CARRY_REQUEST_MAX];
};

/* An environment in which CONNID is a text that can be rewritten in place. */
static char carry_connid[sizeof "CONNID=" + LOG_CONNID] = "CONNID=";

static void
carry_log_for(const struct carry_item *i)
{
	snprintf(carry_connid + strlen("CONNID="), LOG_CONNID, "%s", i->connid);
}

/* Takes the next request into I, S. 1; 0 no more will come; -1 failed. */
static int
carry_take(struct carry_item *i, struct store *s, const struct store *common)
{
	char key[ADDRESS_MAX + 1];
	const char *field[CARRY_FIELDS];
	tain deadline;
	size_t n;
	int r;

	deadline_in(&deadline, CARRY_SECONDS);
	r = peer_recv(0, i->text, sizeof i->text, &n, &i->fd, &deadline);
	if (r <= 0)
		return r;
	if (i->fd < 0 || !peer_split(i->text, n, field, CARRY_FIELDS) ||
	    strlen(field[0]) >= LOG_NUM) {
		errno = EPROTO;
		return -1;
	}
	*s = *common;
	s->id = field[1];
	s->again = *field[2] != 0;
	s->sender = field[4];
	if (!local_key(key, field[5]) || strcmp(key, s->recipient) != 0)
		s->original = field[5];
	i->place = field[0];
	i->connid = field[3];
	i->store = s;
	return 1;
}

static int
carry_more(int ms)
{
	struct pollfd p = {.fd = 0, .events = POLLIN};
	int r;

	while ((r = poll(&p, 1, ms)) < 0 && errno == EINTR)
		;
	return r;
}

static void
carry_failed(struct carry_item *i, int error)
{
	i->store->outcome = STORE_FAILED;
	i->store->error = error;
	i->store->out = -1;
}

/* Puts the message of I into B, where OPENED is 0, else an errno. */
static void
carry_put(struct carry_item *i, const struct store_box *b, int opened)
{
	const char *bad = outcome_bad(i->store);

	carry_log_for(i);
	if (bad) {
		log_event("bad-request", "reason", bad, (char *)0);
		carry_failed(i, EINVAL);
	} else if (opened) {
		carry_failed(i, opened);
	} else {
		store_put(i->store, b, i->fd);
	}
	close(i->fd);
}

/* 0, or -1: nobody is there to be told. */
static int
carry_answer(const struct carry_item *i, const char *maildir)
{
	struct outcome o;
	char text[CARRY_ANSWER_MAX];
	tain deadline;
	int n;

	carry_log_for(i);
	o = outcome_tell(i->store, maildir);
	n = snprintf(text, sizeof text, "%s%c%d%c%s%s%s%s", i->place, 0, o.code,
	    0, o.status ? o.status : "", o.status ? " " : "",
	    o.status ? o.reason : "", o.status ? "\n" : "");
	deadline_in(&deadline, CARRY_SECONDS);
	return peer_send(0, text, (size_t)n + 1, -1, &deadline) == 1 ? 0 : -1;
}

/* Delivers the N of I with their stores S. 0, or -1. */
static int
carry_batch(
    struct carry_item *i, struct store *s, size_t n, const char *maildir)
{
	struct store_box b;
	int opened = store_open(&b, maildir) < 0 ? errno : 0, r = 0;
	size_t k;

	for (k = 0; k < n; k++)
		carry_put(&i[k], &b, opened);
	if (!opened) {
		store_sync(s, n, &b);
		store_close(&b);
	}
	for (k = 0; k < n && r == 0; k++)
		r = carry_answer(&i[k], maildir);
	return r;
}

int
carry_serve(const struct store *common, const char *maildir)
{
	static struct carry_item item[CARRY_MAX];
	static struct store store[CARRY_MAX];
	size_t n;
	int r = 1;

	if (putenv(carry_connid) != 0)
		log_diesys(111, "no memory", (char *)0);
	while (r > 0) {
		n = 0;
		do
			r = carry_more(-1) < 0
			    ? -1
			    : carry_take(&item[n], &store[n], common);
		while (r > 0 && ++n < CARRY_MAX && carry_more(0) > 0);
		if (n > 0 && carry_batch(item, store, n, maildir) < 0)
			return 111;
	}
	if (r < 0)
		log_diesys(111, "no request", (char *)0);
	return 0;
}
