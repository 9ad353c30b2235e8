/* SPDX-License-Identifier: ISC */
/* iprules_find in rules made here, and the names a rule may set; with FILE.cdb
 * as argument, what a lookup in it costs. */
#include "iprules.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "t/tap.h"

static char file[] = "/tmp/postern-iprules.XXXXXX";

/* Adds a record whose line number is LINE under KEY. */
static void
add(struct rules_maker *m, const void *key, size_t n, const char *line,
    const char *verdict)
{
	char v[128];
	int len = snprintf(v, sizeof v, ".verdict=%s%c.line=%s%c.text=x%c",
	    verdict, 0, line, 0, 0);

	if (rules_add(m, key, n, v, (size_t)len) < 0)
		exit(111);
}

static void
add_net(struct rules_maker *m, const char *net, const char *line,
    const char *verdict)
{
	char key[IP_KEY];
	unsigned int plen;
	struct ip ip;

	if (!ip_scan_prefix(net, strlen(net), &ip, &plen))
		exit(111);
	add(m, key, ip_key(key, &ip, plen), line, verdict);
}

static struct rules *
make(const char *lengths, size_t n)
{
	struct rules_maker *m = rules_make(file, "ip", 0600);
	struct rules *r;

	if (!m)
		exit(111);
	add_net(m, "10.0.0.0/8", "1", "allow");
	add_net(m, "10.1.0.0/16", "2", "deny");
	add_net(m, "10.1.2.3/32", "3", "allow");
	add_net(m, "2001:db8::/32", "4", "allow");
	add_net(m, "9.9.9.9/32", "5", "perhaps");
	add(m, "=h.example", 10, "6", "allow");
	add(m, "=.example", 9, "7", "deny");
	if (lengths)
		rules_add(m, "/", 1, lengths, n);
	if (rules_commit(m) < 0 || !(r = rules_open(file, "ip")))
		exit(111);
	return r;
}

static const char *
find(struct rules *r, const char *address, const char *host)
{
	struct iprules_verdict v;
	struct ip ip;
	int found;

	errno = 0;
	if (!ip_scan(address, &ip))
		return "not an address";
	found = iprules_find(r, &ip, host, &v);
	if (found < 0)
		return errno == EPROTO ? "damaged" : "damaged without errno";
	return found ? v.line : "none";
}

static void
test_find(void)
{
	static const char lengths[] = "4=32 16 8\0006=32";
	struct rules *r = make(lengths, sizeof lengths);

	is(find(r, "10.1.2.3", 0), "3", "the address itself");
	is(find(r, "10.1.2.4", 0), "2", "the longest prefix");
	is(find(r, "10.2.2.4", 0), "1", "a shorter one");
	is(find(r, "11.2.2.4", 0), "none", "none fits");
	is(find(r, "2001:db8::1", 0), "4", "IPv6");
	is(find(r, "::1", 0), "none", "IPv6, none fits");
	is(find(r, "::ffff:10.1.2.3", 0), "3", "v4-mapped");
	is(find(r, "10.1.2.3", "h.example"), "3",
	    "the address before the host");
	is(find(r, "10.1.2.4", "H.Example"), "6", "the host before a prefix");
	is(find(r, "10.1.2.4", "a.example"), "2", "a prefix before a suffix");
	is(find(r, "11.1.2.4", "a.b.example"), "7", "the suffix");
	is(find(r, "11.1.2.4", "example"), "none", "not the suffix alone");
	is(find(r, "9.9.9.9", 0), "damaged", "a verdict that is none");
	rules_close(r);
}

static void
test_damaged(void)
{
	static const char *const bad[] = {
	    "4=33 8", "4=8 x", "4=-1", "4=8 16", "6=128", "", "4"};
	struct rules *r;
	size_t i;

	r = make(0, 0);
	is(find(r, "10.1.2.4", 0), "damaged", "no lengths");
	rules_close(r);
	for (i = 0; i < sizeof bad / sizeof *bad; i++) {
		r = make(bad[i], strlen(bad[i]) + 1);
		is(find(r, "11.1.2.4", 0), "damaged", bad[i]);
		rules_close(r);
	}
}

static void
test_settable(void)
{
	static const char *const yes[] = {"TLS", "RELAYCLIENT", "TCPLOCALHOST",
	    "TCPREMOTEHOST", "_x1", "MESSAGE", "QMAILQUEUE", "PATHS", "LD",
	    "IFSX", "HOMEX", "UIDL"};
	static const char *const no[] = {"PATH", "LD_PRELOAD", "LD_", "IFS",
	    "ENV", "BASH_ENV", "CONNID", "LOGINFD", "LOGINFAILDIR", "CONNFD",
	    "SSL_PROTOCOL", "SSLCTLFD", "TCPREMOTEIP", "POSTERN_EXEC",
	    "PERL5LIB", "PYTHONPATH", "UID"};
	static const char *const bad[] = {
	    "", "1A", "A-B", "A.B", "A B", ".line", "\xc3\xa4"};
	size_t i;

	for (i = 0; i < sizeof yes / sizeof *yes; i++)
		ok(iprules_settable(yes[i], strlen(yes[i])) == 1, yes[i]);
	for (i = 0; i < sizeof no / sizeof *no; i++)
		ok(iprules_settable(no[i], strlen(no[i])) == 0, no[i]);
	for (i = 0; i < sizeof bad / sizeof *bad; i++)
		ok(iprules_settable(bad[i], strlen(bad[i])) == -1, bad[i]);
}

/* Prints what it costs to open RULES, look an address up and close them. */
static int
measure(const char *rules)
{
	enum { TIMES = 2000 };
	struct rusage before, after;
	struct timespec start, end;
	struct iprules_verdict v;
	struct rules *r;
	struct ip ip = {.len = 4};
	int i, found = 0;

	getrusage(RUSAGE_SELF, &before);
	clock_gettime(CLOCK_MONOTONIC, &start);
	for (i = 0; i < TIMES; i++) {
		ip.b[0] = (unsigned char)(10 + i % 15);
		ip.b[1] = (unsigned char)(i * 7);
		ip.b[2] = (unsigned char)(i * 13);
		ip.b[3] = 7;
		if (!(r = rules_open(rules, "ip")))
			return 111;
		found += iprules_find(r, &ip, 0, &v) == 1;
		rules_close(r);
	}
	clock_gettime(CLOCK_MONOTONIC, &end);
	getrusage(RUSAGE_SELF, &after);
	printf("# %.1f us, %.1f page faults, found %d of %d\n",
	    ((double)(end.tv_sec - start.tv_sec) * 1e9 +
		(double)(end.tv_nsec - start.tv_nsec)) /
		1000 / TIMES,
	    (double)(after.ru_minflt - before.ru_minflt + after.ru_majflt -
		before.ru_majflt) /
		TIMES,
	    found, TIMES);
	return 0;
}

int
main(int argc, char **argv)
{
	int fd;

	if (argc > 1)
		return measure(argv[1]);
	if ((fd = mkstemp(file)) < 0)
		return 111;
	close(fd);
	test_find();
	test_damaged();
	test_settable();
	unlink(file);
	return done();
}
