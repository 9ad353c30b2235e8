/* SPDX-License-Identifier: ISC */
/* The application's side of UCSPI-TLS (ucspi-tls(2)). */
#include "ucspitls.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "deadline.h"
#include "log.h"
#include "peer.h"

enum { UCSPITLS_FD_MAX = 65535, UCSPITLS_ANSWER_MAX = 65536 };

/* Those of UCSPI-TLS, and two of tlswrap -l: where to send the engine's end of
 * the control connection, and that end. */
enum { UCSPITLS_FDS = 3, UCSPITLS_ALL = 5 };

static const char *const ucspitls_names[UCSPITLS_ALL] = {
    "SSLCTLFD", "SSLREADFD", "SSLWRITEFD", "SSLHANDFD", "SSLFARFD"};

enum ucspitls_policy
ucspitls_policy(void)
{
	const char *s = getenv("TLS");

	if (!s || strcmp(s, "offer") == 0)
		return UCSPITLS_OFFER;
	if (strcmp(s, "require") == 0)
		return UCSPITLS_REQUIRE;
	if (strcmp(s, "off") == 0)
		return UCSPITLS_OFF;
	log_die(100, "TLS is '", s, "', not off, offer or require", (char *)0);
}

int
ucspitls_active(void)
{
	return getenv("SSL_PROTOCOL") != 0;
}

/* The descriptor that variable NAME holds, or -1. */
static int
ucspitls_fd(const char *name)
{
	const char *s = getenv(name);
	int n = 0;

	if (!s || !*s)
		return -1;
	for (; *s; s++) {
		if (*s < '0' || *s > '9')
			return -1;
		n = n * 10 + (*s - '0');
		if (n > UCSPITLS_FD_MAX)
			return -1;
	}
	return n;
}

int
ucspitls_offered(void)
{
	int i;

	if (ucspitls_active() || ucspitls_policy() == UCSPITLS_OFF)
		return 0;
	for (i = 0; i < UCSPITLS_FDS; i++)
		if (ucspitls_fd(ucspitls_names[i]) < 0)
			return 0;
	return 1;
}

void
ucspitls_clear(void)
{
	extern char **environ;
	char name[256];
	size_t i = 0, n;

	while (environ && environ[i]) {
		n = strcspn(environ[i], "=");
		if (strncmp(environ[i], "SSL_", 4) != 0 || n >= sizeof name) {
			i++;
			continue;
		}
		memcpy(name, environ[i], n);
		name[n] = 0;
		unsetenv(name);
	}
}

/* One string of the answer. 0, or -1 if there is no memory for it. */
static int
ucspitls_set(char *s)
{
	char *value = strchr(s, '=');

	if (strncmp(s, "SSL_", 4) != 0)
		return 0;
	if (!value)
		return unsetenv(s);
	*value++ = 0;
	return setenv(s, value, 1);
}

/* Takes the strings that are whole in BUF (*N bytes). 1 the empty one was
 * there; 0 more is to come, *N is what is left; -1 failed. */
static int
ucspitls_strings(char *buf, size_t *n)
{
	char *s = buf, *end;

	while ((end = memchr(s, 0, (size_t)(buf + *n - s)))) {
		if (end == s)
			return 1;
		if (ucspitls_set(s) < 0)
			return -1;
		s = end + 1;
	}
	*n -= (size_t)(s - buf);
	memmove(buf, s, *n);
	return 0;
}

/* Reads the answer. 0, or -1. Nothing follows it, so it reads ahead. */
static int
ucspitls_answer(int ctl, const tain *deadline)
{
	char buf[4096];
	size_t n = 0, total = 0;
	ssize_t r;
	int whole;

	for (;;) {
		if (n == sizeof buf || total > UCSPITLS_ANSWER_MAX)
			return -1;
		if (deadline_wait(ctl, POLLIN, deadline) <= 0)
			return -1;
		if ((r = read(ctl, buf + n, sizeof buf - n)) <= 0)
			return -1;
		n += (size_t)r;
		total += (size_t)r;
		if ((whole = ucspitls_strings(buf, &n)))
			return whole < 0 ? -1 : 0;
	}
}

/* Closes and unsets what stands from name I on. */
static void
ucspitls_close(int i)
{
	int fd, last = -1;

	for (; i < UCSPITLS_ALL; i++) {
		fd = ucspitls_fd(ucspitls_names[i]);
		unsetenv(ucspitls_names[i]);
		if (fd > 2 && fd != last) /* reading and writing may be one */
			close(fd);
		last = fd;
	}
}

void
ucspitls_decline(void)
{
	ucspitls_close(0);
}

void
ucspitls_leave(void)
{
	ucspitls_close(UCSPITLS_FDS);
}

/* Tells the engine, if it does not know yet. 0, or -1. */
static int
ucspitls_tell(const tain *deadline)
{
	int hand = ucspitls_fd("SSLHANDFD"), far = ucspitls_fd("SSLFARFD"), r;

	if (hand < 0 || far < 0)
		return 0;
	r = peer_send(hand, "", 1, far, deadline);
	ucspitls_leave();
	return r == 1 ? 0 : -1;
}

void
ucspitls_avoid(int fd)
{
	char number[LOG_NUM];
	int i, other = -1;

	for (i = 0; i < UCSPITLS_ALL; i++) {
		if (ucspitls_fd(ucspitls_names[i]) != fd)
			continue;
		if (other < 0 && (other = fcntl(fd, F_DUPFD, fd + 1)) < 0)
			log_diesys(111, "cannot move a descriptor", (char *)0);
		log_u64(number, (unsigned int)other);
		if (setenv(ucspitls_names[i], number, 1) < 0)
			log_diesys(
			    111, "cannot set ", ucspitls_names[i], (char *)0);
	}
	if (other >= 0)
		close(fd);
}

static int
ucspitls_take_at(int to_rd, int to_wr)
{
	int rd = ucspitls_fd("SSLREADFD"), wr = ucspitls_fd("SSLWRITEFD");

	if (rd < 0 || wr < 0 || dup2(rd, to_rd) < 0 || dup2(wr, to_wr) < 0)
		return -1;
	ucspitls_decline();
	return 1;
}

int
ucspitls_take(void)
{
	return ucspitls_take_at(0, 1);
}

int
ucspitls_start(const tain *deadline)
{
	return ucspitls_start_at(0, 1, deadline);
}

int
ucspitls_start_at(int rd, int wr, const tain *deadline)
{
	int ctl = ucspitls_fd("SSLCTLFD");

	if (ctl < 0)
		return -1;
	if (deadline_write(ctl, "Y", 1, deadline) != 1 ||
	    ucspitls_tell(deadline) < 0)
		return -1;
	return ucspitls_finish_at(rd, wr, deadline);
}

int
ucspitls_finish_at(int rd, int wr, const tain *deadline)
{
	int ctl = ucspitls_fd("SSLCTLFD");

	ucspitls_clear();
	if (ctl < 0 || ucspitls_answer(ctl, deadline) < 0)
		return -1;
	/* an engine that tells no details has still made the connection safe */
	if (!ucspitls_active() && setenv("SSL_PROTOCOL", "unknown", 1) < 0)
		return -1;
	return ucspitls_take_at(rd, wr);
}
