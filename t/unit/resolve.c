/* SPDX-License-Identifier: ISC */
/* Tests of lib/resolve, lib/etc and lib/hostname, with t/lib/dnsd as the DNS
 * server. */
#include "resolve.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "deadline.h"
#include "etc.h"
#include "t/tap.h"

static const char zone[] =
    "both.test A 192.0.2.1\nboth.test A 192.0.2.2\n"
    "both.test AAAA 2001:db8::1\n"
    "four.test A 192.0.2.4\n"
    "mapped.test AAAA ::ffff:192.0.2.5\n"
    "alias.test CNAME four.test\n"
    "fail.test SERVFAIL\nrefuse.test REFUSED\nslow.test TIMEOUT\n"
    "bad.test GARBAGE\nforged.test FORGED\n"
    "tcp.test TRUNCATED\ntcp.test A 192.0.2.7\n"
    "192.0.2.1 PTR Both.TEST\n192.0.2.1 PTR four.test\n"
    "192.0.2.2 PTR 192.0.2.9\n"
    "192.0.2.2 PTR under_score.test\n"
    "192.0.2.3 PTR 10.0.0.1\n"
    "2001:db8::1 PTR six.test\n"
    "192.0.2.4 PTR evil\\010name.test\n192.0.2.4 PTR after.test\n"
    "9.2.0.192.in-addr.arpa SERVFAIL\n"
    "mx.test MX 20 b.test\nmx.test MX 10 A.test\nmx.test MX 30 10.0.0.1\n"
    "null.test MX 0 .\nbadmx.test MX 5 -\n";

/* A file of its own name in memory: /proc/self/fd/N. */
static const char *
memory_file(char *path, const char *text, size_t n)
{
	int fd = memfd_create("t", 0);

	if (fd < 0 || write(fd, text, n) != (ssize_t)n)
		exit(111);
	sprintf(path, "/proc/self/fd/%d", fd);
	return path;
}

static const char *
ips(const char *name, unsigned int family, unsigned int seconds)
{
	static char out[2000];
	struct resolve_ips a;
	char text[IP_FMT];
	tain deadline;
	size_t i;
	int r;

	deadline_in(&deadline, seconds);
	r = resolve_ips(name, family, &a, &deadline);
	sprintf(out, "%d", r);
	for (i = 0; i < a.n; i++) {
		strcat(out, " ");
		strcat(out, ip_fmt(text, &a.ip[i]));
	}
	return out;
}

static const char *
names(const char *address)
{
	static char out[RESOLVE_MAX * (HOSTNAME_SIZE + 1) + 3];
	struct resolve_names a;
	struct ip ip;
	tain deadline;
	size_t i;

	ip_scan(address, &ip);
	deadline_in(&deadline, 30);
	sprintf(out, "%d", resolve_names(&ip, &a, &deadline));
	for (i = 0; i < a.n; i++) {
		strcat(out, " ");
		strcat(out, a.name[i]);
	}
	return out;
}

static const char *
mxs(const char *name, unsigned int seconds)
{
	static char out[RESOLVE_MAX * (HOSTNAME_SIZE + 10) + 3];
	struct resolve_mxs m;
	tain deadline;
	size_t i;

	deadline_in(&deadline, seconds);
	sprintf(out, "%d", resolve_mxs(name, &m, &deadline));
	for (i = 0; i < m.n; i++)
		sprintf(out + strlen(out), " %u:%s", m.mx[i].preference,
		    m.mx[i].name);
	return out;
}

static void
hostnames(void)
{
	char out[HOSTNAME_SIZE], s[300];

	ok(hostname_clean(out, "Mail.Example.TEST."), "a name");
	is(out, "mail.example.test", "lower case, no last dot");
	ok(hostname_clean(out, "_a.b-c"), "underscore, hyphen");
	ok(!hostname_clean(out, ""), "empty");
	ok(!hostname_clean(out, "."), "a dot");
	ok(!hostname_clean(out, "a..b"), "an empty label");
	ok(!hostname_clean(out, ".a"), "an empty label in front");
	ok(!hostname_clean(out, "-a"), "like an option");
	ok(!hostname_clean(out, "a\nb"), "line feed");
	ok(!hostname_clean(out, "a b"), "blank");
	ok(!hostname_clean(out, "\xe4.test"), "high byte");
	ok(!hostname_clean(out, "10.0.0.1"), "like an address");
	memset(s, 'a', sizeof s);
	s[64] = 0;
	ok(!hostname_clean(out, s), "a label of 64");
	ok(hostname_clean(out, s + 1), "of 63");
	s[64] = 'a';
	s[60] = s[120] = s[180] = s[240] = '.';
	s[254] = 0;
	ok(!hostname_clean(out, s), "254 bytes");
	s[253] = 0;
	ok(hostname_clean(out, s), "253 bytes");
}

static void
files(void)
{
	static const char hosts[] = "# x\n127.0.0.1\tlocalhost LOCAL # y\n\n"
				    "::1 localhost\nbad line\n1.2.3.4 a";
	static const char services[] =
	    "smtp 25/tcp mail\nsmtp 26/tcp\n"
	    "tftp 69/udp\nodd x/tcp\nbig 65536/tcp\n";
	struct resolve_names n = {0};
	struct resolve_ips a = {0};
	char path[64], long_line[3000];
	uint16_t port = 0;
	struct ip ip;

	memory_file(path, hosts, sizeof hosts - 1);
	ok(etc_ips(path, "local", 0, &a) == 1 && a.n == 1, "alias");
	ok(etc_ips(path, "LOCALHOST", 0, &a) == 1 && a.n == 3, "both");
	ok(etc_ips(path, "localhost", 16, &a) == 1 && a.n == 4, "IPv6 only");
	ok(etc_ips(path, "line", 0, &a) == 0, "no address");
	ok(etc_ips(path, "a", 0, &a) == 1, "last line without its end");
	ok(etc_ips("/no/such", "a", 0, &a) == 0, "no file");
	ok(etc_ips("/proc/self", "a", 0, &a) == -1, "unreadable");
	ip_scan("127.0.0.1", &ip);
	ok(etc_names(path, &ip, &n) == 1 && n.n == 2, "names");
	is(n.name[1], "local", "in lower case");

	memset(long_line, ' ', sizeof long_line);
	memcpy(long_line, "1.2.3.4 first", 13);
	memset(long_line + 1000, 'b', 60);
	memcpy(long_line + sizeof long_line - 10, "\n1.1.1.1 z", 10);
	memory_file(path, long_line, sizeof long_line);
	a.n = 0;
	ok(etc_ips(path, "first", 0, &a) == 1, "of a long line the front");
	ok(etc_ips(path, "z", 0, &a) == 1, "and the next line");
	ip_scan("1.2.3.4", &ip);
	n.n = 0;
	ok(etc_names(path, &ip, &n) == 1 && n.n == 1, "no cut word");

	memory_file(path, services, sizeof services - 1);
	ok(etc_port(path, "smtp", &port) == 1 && port == 25, "smtp");
	ok(etc_port(path, "mail", &port) == 1 && port == 25, "its alias");
	ok(etc_port(path, "tftp", &port) == 0, "not for TCP");
	ok(etc_port(path, "odd", &port) == 0, "no number");
	ok(etc_port(path, "big", &port) == 0, "too large");
}

/* The pipe to dnsd's standard input keeps it running. */
static int
dns_start(void)
{
	char path[64], command[200], port[16], server[40];
	FILE *f;
	int in[2];

	memory_file(path, zone, sizeof zone - 1);
	if (pipe(in) < 0)
		return -1;
	sprintf(
	    command, "exec perl t/lib/dnsd %s <&%d %d>&-", path, in[0], in[1]);
	f = popen(command, "r");
	if (!f || !fgets(port, sizeof port, f))
		return -1;
	port[strcspn(port, "\n")] = 0;
	sprintf(server, "127.0.0.1:%s", port);
	setenv("DNSCACHEIP", server, 1);
	return in[1];
}

static void
dns_addresses(void)
{
	is(ips("both.test", 0, 30), "1 192.0.2.1 192.0.2.2 2001:db8::1",
	    "both");
	is(ips("BOTH.test.", 4, 30), "1 192.0.2.1 192.0.2.2", "IPv4 only");
	is(ips("four.test", 0, 30), "1 192.0.2.4", "no data for IPv6");
	is(ips("four.test", 16, 30), "0", "IPv6 only: none");
	is(ips("mapped.test", 16, 30), "1 192.0.2.5", "v4-mapped");
	is(ips("none.test", 0, 30), "0", "NXDOMAIN");
	is(ips("alias.test", 4, 30), "0", "an alias of nothing");
	is(ips("no host", 0, 30), "0", "no host name");
	is(ips("tcp.test", 4, 30), "1 192.0.2.7", "truncated: by TCP");
	is(ips("fail.test", 0, 30), "-1", "SERVFAIL");
	is(ips("refuse.test", 4, 30), "-1", "REFUSED");
	is(ips("bad.test", 4, 1), "-1", "a malformed answer");
	is(ips("slow.test", 4, 1), "-1", "no answer before the deadline");
	is(ips("forged.test", 4, 1), "-1", "an answer to another question");
	is(ips("localhost", 4, 30), "1 127.0.0.1", "/etc/hosts");
}

int
main(void)
{
	int in;

	hostnames();
	files();
	ok((in = dns_start()) >= 0, "a DNS server");
	dns_addresses();
	is(names("192.0.2.1"), "1 both.test four.test", "two names");
	is(names("192.0.2.2"), "1 under_score.test", "no address for a name");
	is(names("192.0.2.3"), "0", "nothing that is a name");
	is(names("2001:db8::1"), "1 six.test", "of IPv6");
	is(names("198.51.100.1"), "0", "none");
	is(names("192.0.2.9"), "-1", "SERVFAIL");
	is(names("192.0.2.4"), "1 after.test", "control characters");
	is(mxs("mx.test", 30), "1 20:b.test 10:a.test",
	    "MX records, and none that is an address");
	is(mxs("null.test", 30), "1 0:", "a null MX");
	is(mxs("badmx.test", 30), "1", "one that names no host");
	is(mxs("both.test", 30), "0", "a name without MX");
	is(mxs("none.test", 30), "0", "no such name");
	is(mxs("fail.test", 30), "-1", "SERVFAIL");
	is(mxs("bad.test", 1), "-1", "garbage");
	is(mxs("a b", 30), "0", "no name at all");

	setenv("DNSCACHEIP", "nonsense", 1);
	is(ips("both.test", 0, 30), "-1", "DNSCACHEIP that names no server");
	setenv("DNSCACHEIP", "", 1);
	is(ips("both.test", 0, 30), "-1", "an empty one");
	setenv("DNSCACHEIP", "127.0.0.1:1", 1);
	is(ips("both.test", 0, 1), "-1", "nobody answers");
	close(in);
	return done();
}
