/* SPDX-License-Identifier: ISC */
/* The Unix socket of a service. */
#include "unixsock.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "log.h"

/* Fills SA. 0, or -1: the name is too long (ENAMETOOLONG). */
static int
unixsock_name(struct sockaddr_un *sa, const char *path)
{
	memset(sa, 0, sizeof *sa);
	sa->sun_family = AF_UNIX;
	if (strlen(path) >= sizeof sa->sun_path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(sa->sun_path, path);
	return 0;
}

/* A socket connected to PATH, made with FLAGS, or -1 with errno. */
static int
unixsock_try(const char *path, int flags)
{
	struct sockaddr_un sa;
	int s, e;

	if (unixsock_name(&sa, path) < 0 ||
	    (s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0)) < 0)
		return -1;
	if (connect(s, (struct sockaddr *)&sa, sizeof sa) == 0)
		return s;
	e = errno;
	close(s);
	errno = e;
	return -1;
}

/* 1 if somebody serves PATH, 0 if it is left over or not there. */
static int
unixsock_served(const char *path)
{
	int s = unixsock_try(path, SOCK_NONBLOCK), e = errno;

	if (s >= 0)
		close(s);
	errno = e;
	return s >= 0 || (e != ECONNREFUSED && e != ENOENT);
}

/* A socket of TYPE that takes the place of what PATH is. */
static int
unixsock_make(const char *path, mode_t mode, int type)
{
	struct sockaddr_un sa;
	mode_t mask;
	int s;

	if (unixsock_name(&sa, path) < 0)
		log_die(100, "the name of the socket is too long: ", path,
		    (char *)0);
	unlink(path);
	mask = umask(~mode & 0777);
	s = socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s < 0 || bind(s, (struct sockaddr *)&sa, sizeof sa) < 0)
		log_diesys(111, "cannot make the socket ", path, (char *)0);
	umask(mask);
	return s;
}

int
unixsock_listen(const char *path, mode_t mode)
{
	int s;

	errno = EADDRINUSE;
	if (strlen(path) < sizeof((struct sockaddr_un *)0)->sun_path &&
	    unixsock_served(path))
		log_diesys(111, "cannot serve ", path, (char *)0);
	s = unixsock_make(path, mode, SOCK_STREAM);
	if (listen(s, SOMAXCONN) < 0)
		log_diesys(111, "cannot make the socket ", path, (char *)0);
	return s;
}

int
unixsock_bind(const char *path, mode_t mode)
{
	return unixsock_make(path, mode, SOCK_DGRAM);
}

int
unixsock_connect(const char *path)
{
	return unixsock_try(path, 0);
}
