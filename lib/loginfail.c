/* SPDX-License-Identifier: ISC */
/* Failed logins: how many, and what they cost the next attempt. */
#include "loginfail.h"

#include <skalibs/bytestr.h>
#include <stdlib.h>
#include <string.h>

#include "ip.h"
#include "log.h"
#include "rate.h"

enum {
	LOGINFAIL_PREFIX = 'f', /* what a key begins with */
	LOGINFAIL_ACCOUNT = 'a',
	LOGINFAIL_FREE = 3 /* failures that cost nothing */
};

/* An account's failures are forgotten at this rate. It has no limit: only the
 * delay grows with them. */
static const struct limit account = {.n = 20, .seconds = 3600};

static size_t
loginfail_prefix(char *key, const struct ip *ip, int wide)
{
	*key = LOGINFAIL_PREFIX;
	return 1 + ip_key(key + 1, ip, limit_plen(ip, wide));
}

static size_t
loginfail_account(char *key, const char *user)
{
	*key = LOGINFAIL_ACCOUNT;
	strcpy(key + 1, user);
	return strlen(key);
}

static void
loginfail_limit(struct limit *l, const char *name)
{
	const char *s = getenv(name);

	if (!limit_scan(s ? s : "none", 1, l))
		log_die(100, name, ": '", s,
		    "' is no rate like 30/60, nor none", (char *)0);
}

void
loginfail_begin(struct loginfail *f, const char *user)
{
	const char *ip = getenv("TCPREMOTEIP");

	f->dir = ip && ip_scan(ip, &f->ip) ? getenv("LOGINFAILDIR") : 0;
	if (!f->dir)
		return;
	loginfail_limit(&f->limit[0], "CONNFAIL");
	loginfail_limit(&f->limit[1], "CONNFAILWIDE");
	if (address_key(f->user, user))
		return;
	strncpy(f->user, user, ADDRESS_MAX);
	f->user[ADDRESS_MAX] = 0;
	case_lowers(f->user);
}

unsigned long
loginfail_used(
    const struct tally *s, const struct ip *ip, int wide, const struct limit *l)
{
	char key[1 + IP_KEY];

	if (l->none)
		return 0;
	return rate_used(s, key, loginfail_prefix(key, ip, wide), l);
}

/* The seconds that so many failures cost. */
static int
loginfail_seconds(unsigned long failures)
{
	int seconds = 1;

	if (failures <= LOGINFAIL_FREE)
		return 0;
	while (--failures > LOGINFAIL_FREE && seconds < LOGINFAIL_DELAY_MAX)
		seconds *= 2;
	return seconds < LOGINFAIL_DELAY_MAX ? seconds : LOGINFAIL_DELAY_MAX;
}

int
loginfail_delay(const struct loginfail *f)
{
	unsigned long own, wide, all;
	char key[ADDRESS_MAX + 2], n[LOG_NUM], m[LOG_NUM], t[LOG_NUM];
	struct tally s;
	int full, seconds;

	if (!f->dir)
		return 0;
	tally_open(&s, f->dir);
	own = loginfail_used(&s, &f->ip, 0, &f->limit[0]);
	wide = loginfail_used(&s, &f->ip, 1, &f->limit[1]);
	all = rate_used(&s, key, loginfail_account(key, f->user), &account);
	tally_close(&s);
	full = (!f->limit[0].none && own >= f->limit[0].n) ||
	    (!f->limit[1].none && wide >= f->limit[1].n);
	seconds = own ? loginfail_seconds(own > all ? own : all) : 0;
	if (full || seconds)
		log_event("login-delay", "ip", getenv("TCPREMOTEIP"), "user",
		    f->user, "seconds",
		    full ? "none: the limit is reached"
			 : log_u64(t, (unsigned int)seconds),
		    "failures", log_u64(n, own), "account-failures",
		    log_u64(m, all), (char *)0);
	return full ? -1 : seconds;
}

void
loginfail_count(const struct loginfail *f)
{
	char prefix[1 + IP_KEY], user[ADDRESS_MAX + 2];
	struct tally s;
	int wide;

	if (!f->dir)
		return;
	tally_open(&s, f->dir);
	for (wide = 0; wide < 2; wide++)
		if (!f->limit[wide].none)
			rate_take(&s, prefix,
			    loginfail_prefix(prefix, &f->ip, wide),
			    &f->limit[wide]);
	rate_take(&s, user, loginfail_account(user, f->user), &account);
	tally_close(&s);
}
