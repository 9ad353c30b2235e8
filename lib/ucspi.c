/* SPDX-License-Identifier: ISC */
/* The UCSPI environment. */
#include "ucspi.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "ip.h"
#include "ipsock.h"
#include "log.h"
#include "ucspitls.h"

typedef int ucspi_name(int, struct sockaddr *, socklen_t *);

static int
ucspi_end(int fd, ucspi_name *name, const char *var_ip, const char *var_port)
{
	struct sockaddr_storage sa;
	socklen_t n = sizeof sa;
	struct ip ip;
	uint16_t port;
	char text[IP_FMT], number[LOG_NUM];

	if (name(fd, (struct sockaddr *)&sa, &n) < 0)
		return -1;
	if (!ipsock_get(&sa, &ip, &port)) {
		errno = EAFNOSUPPORT;
		return -1;
	}
	if (setenv(var_ip, ip_fmt(text, &ip), 1) < 0 ||
	    setenv(var_port, log_u64(number, port), 1) < 0)
		return -1;
	return 0;
}

int
ucspi_env_socket(int fd)
{
	if (ucspi_end(fd, getpeername, "TCPREMOTEIP", "TCPREMOTEPORT") < 0 ||
	    ucspi_end(fd, getsockname, "TCPLOCALIP", "TCPLOCALPORT") < 0 ||
	    setenv("PROTO", "TCP", 1) < 0)
		return -1;
	return 1;
}

/* Makes the address in NAME canonical. 1 done or not set; -1 with errno. */
static int
ucspi_canonical(const char *name)
{
	const char *s = getenv(name);
	struct ip ip;
	char text[IP_FMT];

	if (!s)
		return 1;
	if (!ip_scan(s, &ip)) {
		errno = EINVAL;
		return -1;
	}
	if (strcmp(ip_fmt(text, &ip), s) == 0)
		return 1;
	return setenv(name, text, 1) < 0 ? -1 : 1;
}

int
ucspi_env(void)
{
	const char *proto;

	if (!getenv("TCPREMOTEIP")) {
		if (ucspi_env_socket(0) == 1)
			return 1;
		return errno == ENOTSOCK || errno == ENOTCONN ||
			errno == EAFNOSUPPORT || errno == EOPNOTSUPP
		    ? 0
		    : -1;
	}
	if (!(proto = getenv("PROTO")) || strcmp(proto, "TCP") != 0)
		if (setenv("PROTO", "TCP", 1) < 0)
			return -1;
	if (ucspi_canonical("TCPREMOTEIP") < 0)
		return -1;
	return ucspi_canonical("TCPLOCALIP");
}

void
ucspi_env_clear(void)
{
	static const char *const names[] = {"RELAYCLIENT", "TLS", "SSLCTLFD",
	    "SSLREADFD", "SSLWRITEFD", "CONNID", "LOGINFD", "TCPREMOTEHOST",
	    "TCPREMOTEINFO", "TCPLOCALHOST", "BARELF", "CONNFD", "SSLHANDFD",
	    "SSLFARFD", "LOGINFAILDIR"};
	size_t i;

	for (i = 0; i < sizeof names / sizeof *names; i++)
		unsetenv(names[i]);
	ucspitls_clear();
}
