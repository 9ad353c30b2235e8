/* SPDX-License-Identifier: ISC */
/* Tests of lib/ucspi: variables that are there, the socket where they are not,
 * v4-mapped addresses, and what a listener clears. */
#include "ucspi.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "t/tap.h"

/* Puts a connection to ourselves on fd 0: IPv6 if V6, whose peer is v4-mapped.
 * 1, or 0: not on this machine. */
static int
connected(int v6)
{
	struct sockaddr_in6 six = {.sin6_family = AF_INET6};
	struct sockaddr_in four = {.sin_family = AF_INET};
	struct sockaddr_in6 got;
	socklen_t n = sizeof got;
	int l = socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM, 0), c, a, off = 0;

	if (l < 0)
		return 0;
	if (v6)
		setsockopt(l, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
	four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(l, v6 ? (void *)&six : (void *)&four,
		v6 ? sizeof six : sizeof four) < 0 ||
	    listen(l, 1) < 0 || getsockname(l, (void *)&got, &n) < 0)
		return 0;
	four.sin_port = got.sin6_port; /* at the same place in both */
	c = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(c, (void *)&four, sizeof four) < 0)
		return 0;
	a = accept(l, 0, 0);
	dup2(a, 0);
	close(a);
	close(l);
	return 1;
}

static void
forget(void)
{
	unsetenv("PROTO");
	unsetenv("TCPREMOTEIP");
	unsetenv("TCPREMOTEPORT");
	unsetenv("TCPLOCALIP");
	unsetenv("TCPLOCALPORT");
}

int
main(void)
{
	int null = open("/dev/null", O_RDONLY);

	dup2(null, 0);
	forget();
	ok(ucspi_env() == 0, "no connection, no variables");
	ok(!getenv("PROTO"), "nothing is made up");
	setenv("TCPREMOTEIP", "::ffff:192.0.2.1", 1);
	setenv("TCPLOCALIP", "2001:DB8::0:1", 1);
	setenv("PROTO", "TCP6", 1);
	ok(ucspi_env() == 1, "variables are taken");
	is(getenv("TCPREMOTEIP"), "192.0.2.1", "v4-mapped is IPv4");
	is(getenv("TCPLOCALIP"), "2001:db8::1", "canonical");
	is(getenv("PROTO"), "TCP", "PROTO");
	setenv("TCPREMOTEIP", "192.0.2.1x", 1);
	ok(ucspi_env() == -1 && errno == EINVAL, "no address: an error");
	setenv("TCPREMOTEIP", "", 1);
	ok(ucspi_env() == -1, "an empty one too");
	forget();
	if (ok(connected(0), "a connection")) {
		ok(ucspi_env() == 1, "the socket is asked");
		is(getenv("TCPREMOTEIP"), "127.0.0.1", "its address");
		ok(atoi(getenv("TCPREMOTEPORT")) > 0, "and port");
	}
	forget();
	if (connected(1)) {
		ok(ucspi_env() == 1, "an IPv6 socket with an IPv4 client");
		is(getenv("TCPREMOTEIP"), "127.0.0.1", "is IPv4");
		is(getenv("TCPLOCALIP"), "127.0.0.1", "at both ends");
	}
	setenv("RELAYCLIENT", "", 1);
	setenv("SSL_CLIENT_S_DN", "CN=x", 1);
	setenv("SSL_PROTOCOL", "TLSv1.3", 1);
	setenv("LOGINFD", "4", 1);
	setenv("LOGINFAILDIR", "/", 1);
	setenv("CONNFD", "10", 1);
	setenv("TLS", "off", 1);
	ucspi_env_clear();
	ok(!getenv("RELAYCLIENT") && !getenv("SSL_CLIENT_S_DN") &&
		!getenv("SSL_PROTOCOL") && !getenv("LOGINFD") &&
		!getenv("TLS") && !getenv("LOGINFAILDIR") && !getenv("CONNFD"),
	    "what only we may say is cleared");
	return done();
}
