/* SPDX-License-Identifier: ISC */
/* The checkpassword interface: what comes on fd 3. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "auth.h"
#include "deadline.h"

enum { REQUEST_SECONDS = 60 };

int
request_parse(struct request *q, size_t n)
{
	const char *end = q->s + n, *p;

	q->user = q->s;
	if (!(p = memchr(q->s, 0, n)))
		return 0;
	q->password = p + 1;
	if (!(p = memchr(p + 1, 0, (size_t)(end - (p + 1)))))
		return 0;
	return memchr(p + 1, 0, (size_t)(end - (p + 1))) != 0;
}

int
request_read(struct request *q, int fd)
{
	tain deadline;
	size_t n = 0;
	ssize_t r = 1;

	deadline_in(&deadline, REQUEST_SECONDS);
	while (n < sizeof q->s && r > 0) {
		if (deadline_wait(fd, POLLIN, &deadline) <= 0)
			break;
		r = read(fd, q->s + n, sizeof q->s - n);
		if (r > 0)
			n += (size_t)r;
	}
	close(fd);
	return r == 0 && n <= REQUEST_MAX && request_parse(q, n);
}
