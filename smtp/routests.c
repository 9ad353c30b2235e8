/* SPDX-License-Identifier: ISC */
/* The MTA-STS policy of a domain, as the service mtasts tells it. */
#include "smtp/routests.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "deadline.h"
#include "unixsock.h"

/* One line. 1 it was the last one; 0; -1 it is none. */
static int
routests_line(struct routests *s, char *line)
{
	char *value = line + strcspn(line, " ");

	if (*value)
		*value++ = 0;
	if (strcmp(line, "end") == 0)
		return 1;
	if (strcmp(line, "mode") == 0)
		return stspolicy_mode(value, &s->policy.mode) ? 0 : -1;
	if (strcmp(line, "mx") == 0)
		return stspolicy_add(&s->policy, value) ? -1 : 0;
	if (strcmp(line, "failed") == 0)
		snprintf(s->failed, sizeof s->failed, "%s", value);
	return 0;
}

int
routests_parse(struct routests *s, char *text)
{
	char *next;
	int r = 0;

	s->policy.mode = STSPOLICY_NONE;
	s->policy.n = 0;
	*s->failed = 0;
	if (strncmp(text, "mode ", 5) != 0)
		return -1;
	for (; r == 0; text = next) {
		if (!(next = strchr(text, '\n')))
			return -1;
		*next++ = 0;
		r = routests_line(s, text);
	}
	return r == 1 ? 0 : -1;
}

/* All that comes from FD, into TEXT, ended by NUL. 0, or -1. */
static int
routests_read(int fd, char *text, size_t size, const tain *deadline)
{
	size_t n = 0;
	ssize_t r;

	while (n < size - 1 && deadline_wait(fd, POLLIN, deadline) == 1) {
		r = recv(fd, text + n, size - 1 - n, MSG_DONTWAIT);
		if (r == 0) {
			text[n] = 0;
			return 0;
		}
		if (r < 0 && errno != EAGAIN && errno != EINTR)
			return -1;
		n += r > 0 ? (size_t)r : 0;
	}
	return -1;
}

int
routests_ask(struct routests *s, const char *socket, const char *domain,
    const tain *deadline)
{
	static char text[ROUTESTS_ANSWER];
	char line[HOSTNAME_SIZE + 2];
	int fd = unixsock_connect(socket), r, n;

	if (fd < 0)
		return -1;
	n = snprintf(line, sizeof line, "%s\n", domain);
	r = n < (int)sizeof line &&
		deadline_write(fd, line, (size_t)n, deadline) == 1
	    ? routests_read(fd, text, sizeof text, deadline)
	    : -1;
	close(fd);
	return r < 0 ? -1 : routests_parse(s, text);
}
