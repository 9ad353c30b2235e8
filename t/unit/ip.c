/* SPDX-License-Identifier: ISC */
/* Tests of lib/ip and lib/ipsock: reading, writing, prefixes, v4-mapped
 * addresses, and addresses of sockets. */
#include "ip.h"

#include <netinet/in.h>

#include "ipsock.h"
#include "t/tap.h"

static void
canonical(const char *in, const char *out)
{
	char text[IP_FMT];
	struct ip ip;

	if (ok(ip_scan(in, &ip), in))
		is(ip_fmt(text, &ip), out, out);
}

/* IN, put into a socket's address and taken out again, is OUT. */
static void
socket_address(const char *in, const char *out)
{
	struct sockaddr_storage sa;
	char text[IP_FMT];
	struct ip ip;
	uint16_t port = 0;

	ip_scan(in, &ip);
	ok(ipsock_set(&sa, &ip, 25) ==
		(ip.len == 4 ? sizeof(struct sockaddr_in)
			     : sizeof(struct sockaddr_in6)),
	    "length");
	ok(ipsock_get(&sa, &ip, &port) && port == 25, "port");
	is(ip_fmt(text, &ip), out, out);
}

static int
prefix(const char *s)
{
	struct ip ip;
	unsigned int plen;

	return ip_scan_prefix(s, strlen(s), &ip, &plen) ? (int)plen : -1;
}

int
main(void)
{
	static const char *const bad[] = {"", "1.2.3", "1.2.3.4.5", "1.2.3.256",
	    "01.2.3.4", "::1%lo", "1.2.3.4 ", ":::", "g::", "1::2::3"};
	struct sockaddr_storage sa;
	struct ip a, b;
	uint16_t port;
	char key[IP_KEY];
	size_t i;

	canonical("127.0.0.1", "127.0.0.1");
	canonical("2001:DB8:0:0:0:0:0:1", "2001:db8::1");
	canonical("::ffff:192.0.2.1", "192.0.2.1");
	canonical("::ffff:c000:0201", "192.0.2.1");
	socket_address("192.0.2.1", "192.0.2.1");
	socket_address("2001:db8::1", "2001:db8::1");
	b = (struct ip){
	    .len = 16, .b = {[10] = 0xff, [11] = 0xff, 192, 0, 2, 1}};
	ipsock_set(&sa, &b, 25);
	ok(ipsock_get(&sa, &a, &port) && a.len == 4, "v4-mapped is IPv4");
	sa.ss_family = AF_UNIX;
	ok(!ipsock_get(&sa, &a, &port), "no IP address");
	for (i = 0; i < sizeof bad / sizeof *bad; i++)
		ok(!ip_scan(bad[i], &a), bad[i]);
	ok(prefix("10.0.0.0/8") == 8, "10.0.0.0/8");
	ok(prefix("10.0.0.1/8") == -1, "bits behind the prefix");
	ok(prefix("10.0.0.0/33") == -1, "too long");
	ok(prefix("10.0.0.0/08") == -1, "leading zero");
	ok(prefix("10.0.0.0/") == -1, "no length");
	ok(prefix("::/0") == 0, "::/0");
	ok(prefix("::ffff:10.0.0.0/104") == 8, "v4-mapped prefix");
	ok(prefix("::ffff:0.0.0.0/95") == -1, "wider than v4-mapped");
	ip_scan("10.1.2.255", &a);
	ip_scan("10.1.2.0", &b);
	ok(ip_match(&a, &b, 24) && ip_match(&a, &b, 0), "match");
	ok(!ip_match(&a, &b, 25), "no match");
	ok(ip_key(key, &a, 25) == 6 && (unsigned char)key[5] == 0x80, "mask");
	ip_scan("::", &b);
	ok(!ip_match(&a, &b, 0), "families are apart");
	return done();
}
