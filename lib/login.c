/* SPDX-License-Identifier: ISC */
/* The front's side of a login: it has no rights, and asks the monitor. */
#include "login.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "deadline.h"
#include "log.h"
#include "login_wire.h"
#include "peer.h"
#include "priv.h"
#include "ucspitls.h"

/* 1 if user and password fit into a request together with the time. */
static int
login_fits(const char *user, size_t un, const char *password, size_t pn)
{
	return un <= LOGIN_REQUEST_MAX && pn <= LOGIN_REQUEST_MAX &&
	    un + pn + 2 + LOG_NUM <= LOGIN_REQUEST_MAX &&
	    !memchr(user, 0, un) && !memchr(password, 0, pn);
}

static int
login_send(int fd, const char *user, size_t un, const char *password, size_t pn,
    const tain *deadline)
{
	char q[1 + LOGIN_REQUEST_MAX];
	int r;

	q[0] = LOGIN_WIRE_LOGIN;
	memcpy(q + 1, user, un);
	q[1 + un] = 0;
	memcpy(q + 2 + un, password, pn);
	q[2 + un + pn] = 0;
	r = peer_send(fd, q, 3 + un + pn, -1, deadline);
	priv_wipe(q, sizeof q);
	return r;
}

/* The first byte of the monitor's next message, the rest in *A; 0 at its end
 * or if what came is no message; -1 at the deadline. */
static int
login_hear(int fd, struct login_answer *a, const tain *deadline)
{
	int r = peer_recv(fd, a->s, sizeof a->s, &a->n, 0, deadline), c;

	if (r < 0 && errno == ETIMEDOUT)
		return -1;
	if (r <= 0 || a->n < 1 || (a->n > 1 && a->s[a->n - 1]))
		return 0;
	c = a->s[0];
	memmove(a->s, a->s + 1, --a->n);
	return c;
}

enum login_verdict
login_ask(int fd, const char *user, size_t un, const char *password, size_t pn,
    struct login_answer *a, const tain *deadline)
{
	tain long_time;
	int c, waiting = 0;

	if (!login_fits(user, un, password, pn))
		return LOGIN_BAD;
	if (login_send(fd, user, un, password, pn, deadline) != 1)
		return LOGIN_TEMP;
	c = login_hear(fd, a, deadline);
	if (c == LOGIN_WIRE_WAIT) {
		waiting = 1;
		deadline_in(&long_time, 86400);
		c = login_hear(fd, a, &long_time);
	} else if (c < 0) {
		/* what is said after this moment fails; what was said before
		 * it is still to be read */
		shutdown(fd, SHUT_RDWR);
		c = login_hear(fd, a, deadline);
	}
	if (c == LOGIN_WIRE_YES || (waiting && c <= 0))
		return LOGIN_YES;
	return c == LOGIN_WIRE_BAD ? LOGIN_BAD : LOGIN_TEMP;
}

const char *
login_answer_get(
    const struct login_answer *a, const char *name, const char *prev)
{
	const char *s = prev ? prev + strlen(prev) + 1 : a->s;
	size_t n = strlen(name);

	for (; s < a->s + a->n; s += strlen(s) + 1)
		if (strncmp(s, name, n) == 0 && s[n] == '=')
			return s + n + 1;
	return 0;
}

int
login_tag(int fd, const char *tag, const tain *deadline)
{
	char m[1 + LOGIN_TAG_MAX] = {LOGIN_WIRE_TAG};
	size_t n = strlen(tag);

	if (n > LOGIN_TAG_MAX)
		return -1;
	memcpy(m + 1, tag, n);
	return peer_send(fd, m, 1 + n, -1, deadline) == 1 ? 0 : -1;
}

int
login_starttls(int fd, const tain *deadline)
{
	char c = LOGIN_WIRE_TLS;
	size_t n;

	if (peer_send(fd, &c, 1, -1, deadline) != 1 ||
	    peer_recv(fd, &c, 1, &n, 0, deadline) != 1 || n != 1 ||
	    c != LOGIN_WIRE_SAFE)
		return -1;
	return ucspitls_take();
}
