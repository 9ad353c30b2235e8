/* SPDX-License-Identifier: ISC */
/* A worker's way to its signer: one request, one reply, a deadline. */
#include "signask.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "pass.h"
#include "signreq.h"

/* A whole worker waits so long, once for each signer that stalls. */
enum { SIGNASK_SECONDS = 2 };

static struct {
	int fd; /* -1: none */
	uint32_t serial;
	int stalled;
} signask = {.fd = -1};

void
signask_use(int fd)
{
	const struct timeval tv = {.tv_sec = SIGNASK_SECONDS};

	if (signask.fd >= 0)
		close(signask.fd);
	signask.fd = fd;
	signask.stalled = 0;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof tv);
}

void
signask_end(void)
{
	if (signask.fd >= 0)
		close(signask.fd);
	signask.fd = -1;
}

int
signask_stalled(void)
{
	int r = signask.stalled;

	signask.stalled = 0;
	return r;
}

/* No more of a signer that has not done its duty. */
static void
signask_give_up(void)
{
	if (errno == EAGAIN)
		signask.stalled = 1;
	signask_end();
}

/* Sends R with TEXT. 0 or -1. */
static int
signask_send(struct signreq *r, const void *text, size_t n)
{
	size_t size;

	if (signask.fd < 0 || n >= SIGNREQ_TEXT)
		return -1;
	r->serial = ++signask.serial;
	r->n = (uint16_t)n;
	if (n)
		memcpy(r->text, text, n);
	size = signreq_size(r);
	if (send(signask.fd, r, size, MSG_NOSIGNAL) == (ssize_t)size)
		return 0;
	signask_give_up();
	return -1;
}

/* The reply to what was asked last. 0 or -1. */
static int
signask_reply(struct signreply *r)
{
	ssize_t n = recv(signask.fd, r, sizeof *r, 0);

	if (n >= (ssize_t)offsetof(struct signreply, text) &&
	    (size_t)n == signreply_size(r) && r->serial == signask.serial)
		return 0;
	if (n >= 0)
		errno = EPROTO;
	signask_give_up();
	return -1;
}

size_t
signask_sign(uint64_t key, unsigned int scheme, const void *text, size_t n,
    unsigned char *sig)
{
	struct signreq r;
	struct signreply reply;

	memset(&r, 0, offsetof(struct signreq, text));
	r.kind = SIGNREQ_SIGN;
	r.key = key;
	r.scheme = (uint16_t)scheme;
	if (signask_send(&r, text, n) < 0 || signask_reply(&reply) < 0)
		return 0;
	memcpy(sig, reply.text, reply.n);
	return reply.n;
}

void
signask_forget(uint64_t key)
{
	struct signreq r;

	memset(&r, 0, offsetof(struct signreq, text));
	r.kind = SIGNREQ_FORGET;
	r.key = key;
	signask_send(&r, 0, 0);
}

int
signask_name(const char *name, uint64_t *key)
{
	struct pollfd p = {.fd = signask.fd, .events = POLLIN};
	struct signreq r;
	struct signreply reply;
	int fd;
	ssize_t n;

	memset(&r, 0, offsetof(struct signreq, text));
	r.kind = SIGNREQ_NAME;
	if (signask_send(&r, name, strlen(name)) < 0)
		return -1;
	n = poll(&p, 1, SIGNASK_SECONDS * 1000) == 1
	    ? pass_recv(signask.fd, &reply, sizeof reply, &fd, 1)
	    : -1;
	if (n != (ssize_t)offsetof(struct signreply, text) ||
	    reply.serial != signask.serial) {
		signask_end();
		return -1;
	}
	*key = reply.key;
	return fd;
}
