/* SPDX-License-Identifier: ISC */
/* How queued asks for messages to be sent, and what it is told. */
#include "smtp/sendjob.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "deadline.h"
#include "log.h"
#include "peer.h"

enum { SENDJOB_IDLE = 3600 };

static const char *const sendjob_words[] = {
    "delivered", "relayed", "deferred", "failed"};

const char *
sendjob_word(const struct sendconn_reply *r, int dsn)
{
	if (r->code / 100 == 2)
		return sendjob_words[dsn ? SENDJOB_DELIVERED : SENDJOB_RELAYED];
	return sendjob_words[r->code / 100 == 5 ? SENDJOB_FAILED
						: SENDJOB_DEFERRED];
}

int
sendjob_scan(const char *word)
{
	int i;

	for (i = SENDJOB_DELIVERED; i <= SENDJOB_FAILED; i++)
		if (strcmp(word, sendjob_words[i]) == 0)
			return i;
	return -1;
}

size_t
sendjob_split(const char *p, size_t n, const char **field, size_t max)
{
	size_t count = 0, len;

	while (n > 0) {
		len = strnlen(p, n);
		if (len == n || count == max)
			return 0;
		field[count++] = p;
		p += len + 1;
		n -= len + 1;
	}
	return count;
}

/* NOTIFY (may be null) without success, which is told of the alias as a whole
 * (RFC 3461, 5.2.7). */
static const char *
sendjob_quiet(const char *notify)
{
	static const char *const without[] = {
	    "never", "failure", "delay", "failure,delay"};

	if (!notify || !strstr(notify, "success"))
		return notify;
	return without[(strstr(notify, "failure") ? 1 : 0) +
	    (strstr(notify, "delay") ? 2 : 0)];
}

/* The recipients of the request, N bytes of j->text. 1 or 0. */
static int
sendjob_recipients(struct sendjob *j, size_t n)
{
	const char *field[1 + 2 * SENDJOB_RECIPIENTS];
	size_t fields =
	    sendjob_split(j->text, n, field, 1 + 2 * SENDJOB_RECIPIENTS);
	unsigned long number;
	size_t i;
	char *end;

	if (fields < 3 || fields % 2 == 0)
		return 0;
	j->id = field[0];
	for (i = 0; i < fields / 2; i++) {
		number = strtoul(field[2 * i + 1], &end, 10);
		if ((*end && strcmp(end, "+") != 0) ||
		    number >= j->envelope.to_n)
			return 0;
		j->to[i] = j->envelope.to[number];
		if (*end)
			j->to[i].notify = sendjob_quiet(j->to[i].notify);
		j->to[i].address = field[2 * i + 2];
	}
	j->n = i;
	return 1;
}

int
sendjob_take(int fd, struct sendjob *j)
{
	tain deadline;
	size_t n;
	int r;

	deadline_in(&deadline, SENDJOB_IDLE);
	r = peer_recv(fd, j->text, sizeof j->text, &n, &j->fd, &deadline);
	if (r <= 0)
		return r;
	errno = EPROTO;
	if (j->fd < 0)
		return -1;
	if (envelope_read(j->fd, &j->envelope) != 1) {
		close(j->fd);
		return -1;
	}
	if (sendjob_recipients(j, n))
		return 1;
	sendjob_free(j);
	errno = EPROTO;
	return -1;
}

static int
sendjob_send(int fd, const char *text, size_t n)
{
	tain deadline;

	deadline_in(&deadline, SENDJOB_SECONDS);
	return peer_send(fd, text, n, -1, &deadline) == 1 ? 0 : -1;
}

int
sendjob_ready(int fd)
{
	return sendjob_send(fd, "ready", sizeof "ready");
}

int
sendjob_tell(int fd, size_t i, int dsn, const char *server,
    const struct sendconn_reply *r)
{
	char text[SENDJOB_ANSWER], number[LOG_NUM];
	int n;

	n = snprintf(text, sizeof text, "%s%c%s%c%s%c%s%c%s",
	    log_u64(number, i), 0, sendjob_word(r, dsn), 0, r->status, 0,
	    server, 0, r->text);
	return sendjob_send(fd, text, (size_t)n + 1);
}

int
sendjob_end(int fd, const char *word)
{
	char text[32];
	int n = snprintf(text, sizeof text, "end%c%s", 0, word);

	return sendjob_send(fd, text, (size_t)n + 1);
}

void
sendjob_free(struct sendjob *j)
{
	envelope_free(&j->envelope);
	close(j->fd);
	j->fd = -1;
}
