/* SPDX-License-Identifier: ISC */
/* Failed logins: the delay grows by account and by prefix, a clean address
 * never waits, the limit of a prefix is one; each bucket drains by itself. */
#include "loginfail.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "rate.h"
#include "t/tap.h"

static char dir[] = "/tmp/postern-loginfail.XXXXXX";

static int
delay(const char *ip, const char *user)
{
	struct loginfail f;

	setenv("TCPREMOTEIP", ip, 1);
	loginfail_begin(&f, user);
	return loginfail_delay(&f);
}

static void
fail(const char *ip, const char *user)
{
	struct loginfail f;

	setenv("TCPREMOTEIP", ip, 1);
	loginfail_begin(&f, user);
	loginfail_count(&f);
}

static void
test_nothing(void)
{
	fail("192.0.2.1", "none@example.test");
	ok(delay("192.0.2.1", "none@example.test") == 0, "no folder: no count");
	setenv("LOGINFAILDIR", dir, 1);
	setenv("CONNFAIL", "none", 1);
	fail("192.0.2.1", "none@example.test");
	ok(delay("192.0.2.1", "none@example.test") == 0, "no limit: clean");
	unsetenv("TCPREMOTEIP");
}

static void
test_growth(void)
{
	static const int want[] = {0, 0, 0, 0, 1, 2, 4, 8, 16, 30, 30, 30, -1};
	char what[32];
	int i;

	setenv("CONNFAIL", "12/600", 1);
	setenv("CONNFAILWIDE", "15/600", 1);
	for (i = 0; i < 13; i++) {
		snprintf(what, sizeof what, "after %d failures", i);
		ok(delay("192.0.2.1", "a@example.test") == want[i], what);
		fail("192.0.2.1", i % 2 ? "A@Example.TEST" : "a@example.test");
	}
	ok(delay("192.0.2.1", "b@example.test") == -1, "for every account");
	ok(delay("192.0.2.2", "a@example.test") == 0,
	    "a clean address does not wait");
	ok(delay("::ffff:192.0.2.1", "a@example.test") == -1, "mapped");
	fail("192.0.2.2", "b@example.test");
	ok(delay("192.0.2.2", "b@example.test") == 0, "one failure is free");
	ok(delay("192.0.2.2", "a@example.test") == 30,
	    "but the failures of an account count for who is not clean");
	fail("192.0.2.3", "x");
	fail("192.0.2.4", "x");
	ok(delay("192.0.2.5", "x") == -1, "the /24 has its limit");
	ok(delay("192.0.3.5", "x") == 0, "another has not");
}

static void
test_six(void)
{
	char ip[40];
	int i;

	for (i = 0; i < 12; i++) {
		snprintf(ip, sizeof ip, "2001:db8:1:2::%x", i);
		fail(ip, "c");
	}
	ok(delay("2001:db8:1:2:ffff::1", "d") == -1, "a /64 is one");
	ok(delay("2001:db8:1:3::1", "d") == 0, "another /64");
}

static void
test_names(void)
{
	char name[2000];
	int i;

	memset(name, 'x', sizeof name - 1);
	name[sizeof name - 1] = 0;
	for (i = 0; i < 4; i++)
		fail("198.51.100.1", name);
	ok(delay("198.51.100.1", name) == 1, "a long name");
	ok(delay("198.51.100.1", "") == 1, "no name: by address alone");
}

static void
test_buckets(void)
{
	const struct limit l = {.n = 4, .seconds = 600}, day = {0, 1, 86400};
	const struct limit quick = {.n = 4, .seconds = 1};
	const struct timespec wait = {0, 600000000};
	struct tally s;
	int i;

	tally_open(&s, dir);
	for (i = 0; i < 4; i++)
		ok(rate_used(&s, "k", 1, &l) == (unsigned int)i &&
			rate_take(&s, "k", 1, &l),
		    "a token");
	ok(rate_used(&s, "k", 1, &l) == 4 && !rate_take(&s, "k", 1, &l),
	    "the bucket is empty");
	ok(rate_used(&s, "l", 1, &l) == 0, "another key is not");
	for (i = 0; i < 4; i++)
		rate_take(&s, "q", 1, &quick);
	nanosleep(&wait, 0);
	ok(rate_used(&s, "q", 1, &quick) < 3, "one fills up");
	ok(rate_take(&s, "d", 1, &day) && !rate_take(&s, "d", 1, &day) &&
		rate_used(&s, "d", 1, &day) == 1,
	    "one a day");
	tally_close(&s);
}

int
main(void)
{
	char state[64];
	int status;

	if (!mkdtemp(dir))
		return 1;
	test_nothing();
	test_growth();
	test_six();
	test_names();
	test_buckets();
	status = done();
	snprintf(state, sizeof state, "%s/state", dir);
	unlink(state);
	rmdir(dir);
	return status;
}
