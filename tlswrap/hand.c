/* SPDX-License-Identifier: ISC */
/* tlswrap's way to a running engine: a Unix socket, and descriptors over it. */
#include "hand.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "log.h"
#include "pass.h"

int
hand_connect(const char *path, unsigned int seconds)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	struct timeval tv = {.tv_sec = (time_t)seconds};
	int s;

	if (strlen(path) >= sizeof sa.sun_path)
		log_die(100, "the name of the socket is too long: ", path,
		    (char *)0);
	strcpy(sa.sun_path, path);
	if ((s = socket(AF_UNIX, SOCK_STREAM, 0)) < 0 ||
	    setsockopt(s, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof tv) < 0)
		log_diesys(111, "cannot make a socket", (char *)0);
	if (connect(s, (struct sockaddr *)&sa, sizeof sa) < 0)
		log_diesys(111, "no TLS engine at ", path, (char *)0);
	return s;
}

int
hand_late(const char *path, int *ctl, int *far)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	int s, pair[2];

	if (strlen(path) >= sizeof sa.sun_path - strlen(TLSREQ_LATE))
		return -1;
	strcpy(sa.sun_path, path);
	strcat(sa.sun_path, TLSREQ_LATE);
	if ((s = socket(AF_UNIX, SOCK_DGRAM, 0)) < 0)
		log_diesys(111, "cannot make a socket", (char *)0);
	if (connect(s, (struct sockaddr *)&sa, sizeof sa) < 0) {
		close(s);
		return -1;
	}
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
		log_diesys(111, "cannot make a socketpair", (char *)0);
	*ctl = pair[0];
	*far = pair[1];
	return s;
}

int
hand_over(int ctl, const struct tlsreq *r, int begin)
{
	char buf[TLSREQ_MAX + 1];
	int plain[2];
	size_t n = tlsreq_write(buf, r);

	if (begin)
		buf[n++] = 'Y';
	/* a byte that the engine takes when the client has said all: until
	 * then an end of this socket is ECONNRESET */
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, plain) < 0 ||
	    send(plain[0], "", 1, 0) != 1)
		log_diesys(111, "cannot make a socketpair", (char *)0);
	if (pass_send(ctl, buf, n, (const int[]){0, plain[1]}, TLSREQ_FDS) < 0)
		log_diesys(
		    111, "cannot hand over to the TLS engine", (char *)0);
	close(plain[1]);
	return plain[0];
}
