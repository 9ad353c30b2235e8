/* SPDX-License-Identifier: ISC */
/* How a policy server is reached: as a child of the session, or by a socket. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "deadline.h"
#include "ip.h"
#include "smtp/policies.h"

enum { SMTP_POLICY_CONNECT = 10 };

/* Runs P with FD as its standard input and output. 0, or an errno. */
static int
smtp_policy_spawn(const struct smtp_policy *p, int fd)
{
	extern char **environ;
	posix_spawn_file_actions_t fa;
	posix_spawnattr_t attr;
	sigset_t pipe;
	pid_t pid;
	int e;

	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	if ((e = posix_spawn_file_actions_init(&fa)))
		return e;
	if ((e = posix_spawnattr_init(&attr))) {
		posix_spawn_file_actions_destroy(&fa);
		return e;
	}
	if (!(e = posix_spawnattr_setsigdefault(&attr, &pipe)) &&
	    !(e = posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF)) &&
	    !(e = posix_spawn_file_actions_adddup2(&fa, fd, 0)) &&
	    !(e = posix_spawn_file_actions_adddup2(&fa, fd, 1)))
		e = posix_spawnp(
		    &pid, p->argv[0], &fa, &attr, p->argv, environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&fa);
	return e;
}

/* The descriptors that start TLS are not for the children of this session:
 * one that outlives it would keep the engine waiting. */
static void
smtp_policy_shield(void)
{
	static const char *const names[] = {
	    "SSLCTLFD", "SSLREADFD", "SSLWRITEFD", "SSLHANDFD", "SSLFARFD"};
	const char *s;
	size_t i;

	for (i = 0; i < sizeof names / sizeof *names; i++)
		if ((s = getenv(names[i])) && *s)
			fcntl(atoi(s), F_SETFD, FD_CLOEXEC);
}

static int
smtp_policy_child(const struct smtp_policy *p)
{
	int fd[2], e;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd) < 0)
		return -1;
	smtp_policy_shield();
	e = smtp_policy_spawn(p, fd[1]);
	close(fd[1]);
	if (!e)
		return fd[0];
	close(fd[0]);
	errno = e;
	return -1;
}

union smtp_policy_address {
	struct sockaddr any;
	struct sockaddr_un un;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

/* A port from S. 1 to 65535, or 0. */
static unsigned int
smtp_policy_port(const char *s)
{
	unsigned int n = 0;

	for (; *s >= '0' && *s <= '9' && n < 65536; s++)
		n = n * 10 + (unsigned int)(*s - '0');
	return *s || n > 65535 ? 0 : n;
}

/* ADDRESS:PORT; an IPv6 address in brackets or not. The length, or 0. */
static socklen_t
smtp_policy_inet(const char *s, union smtp_policy_address *a)
{
	const char *colon = strrchr(s, ':');
	unsigned int port = colon ? smtp_policy_port(colon + 1) : 0;
	size_t n = colon ? (size_t)(colon - s) : 0;
	char text[IP_FMT];
	struct ip ip;

	if (n > 2 && s[0] == '[' && s[n - 1] == ']') {
		s++;
		n -= 2;
	}
	if (!port || n >= sizeof text)
		return 0;
	memcpy(text, s, n);
	text[n] = 0;
	if (!ip_scan(text, &ip))
		return 0;
	memset(a, 0, sizeof *a);
	if (ip.len == 4) {
		a->in.sin_family = AF_INET;
		a->in.sin_port = htons((uint16_t)port);
		memcpy(&a->in.sin_addr, ip.b, 4);
		return sizeof a->in;
	}
	a->in6.sin6_family = AF_INET6;
	a->in6.sin6_port = htons((uint16_t)port);
	memcpy(&a->in6.sin6_addr, ip.b, 16);
	return sizeof a->in6;
}

/* The address that P names. Its length; 0 that is none; -1 P is a command. */
static int
smtp_policy_address(const struct smtp_policy *p, union smtp_policy_address *a)
{
	const char *s = p->argv[0];

	if (strncmp(s, "inet:", 5) == 0)
		return p->argc == 1 ? (int)smtp_policy_inet(s + 5, a) : 0;
	if (strncmp(s, "unix:", 5) != 0)
		return -1;
	s += 5;
	if (p->argc != 1 || !*s || strlen(s) >= sizeof a->un.sun_path)
		return 0;
	memset(a, 0, sizeof *a);
	a->un.sun_family = AF_UNIX;
	strcpy(a->un.sun_path, s);
	return sizeof a->un;
}

int
smtp_policy_valid(const struct smtp_policy *p)
{
	union smtp_policy_address a;

	return smtp_policy_address(p, &a) != 0;
}

/* Waits until FD, which is connecting, is connected. 0, or -1 with errno. */
static int
smtp_policy_connected(int fd)
{
	socklen_t len = sizeof errno;
	tain deadline;
	int e, ready;

	deadline_in(&deadline, SMTP_POLICY_CONNECT);
	if ((ready = deadline_wait(fd, POLLOUT, &deadline)) <= 0) {
		if (ready == 0)
			errno = ETIMEDOUT;
		return -1;
	}
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &e, &len) < 0)
		return -1;
	errno = e;
	return e ? -1 : 0;
}

int
smtp_policy_start(const struct smtp_policy *p)
{
	union smtp_policy_address a;
	int n = smtp_policy_address(p, &a), fd, e;

	if (n < 0)
		return smtp_policy_child(p);
	fd = socket(
	    a.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	if (connect(fd, &a.any, (socklen_t)n) == 0 ||
	    (errno == EINPROGRESS && smtp_policy_connected(fd) == 0))
		return fd;
	e = errno;
	close(fd);
	errno = e;
	return -1;
}
