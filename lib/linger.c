/* SPDX-License-Identifier: ISC */
/* The end of a connection that the client may not expect. */
#include "linger.h"

#include <errno.h>
#include <sys/socket.h>

#include "deadline.h"

enum { LINGER_SECONDS = 1, LINGER_BYTES = 1048576 };

void
linger(int rd, int wr)
{
	size_t total = 0;
	char buf[4096];
	tain deadline;
	ssize_t n;

	if (shutdown(wr, SHUT_WR) < 0)
		return;
	deadline_in(&deadline, LINGER_SECONDS);
	while (total < LINGER_BYTES) {
		n = recv(rd, buf, sizeof buf, MSG_DONTWAIT);
		if (n > 0)
			total += (size_t)n;
		else if (n == 0 || (errno != EAGAIN && errno != EINTR) ||
		    deadline_wait(rd, POLLIN, &deadline) <= 0)
			return;
	}
}
