/* SPDX-License-Identifier: ISC */
/* enqueue: takes one message from a local program and queues it, as
 * qmail-queue does: the message on fd 0, its envelope on fd 1. */
#include <errno.h>
#include <skalibs/sgetopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "address.h"
#include "date.h"
#include "deadline.h"
#include "log.h"
#include "queue/handover.h"
#include "queue/incoming.h"
#include "queue/notes.h"
#include "queue/spool.h"
#include "usage.h"

int enqueue_main(int, char **);

static const char enqueue_usage[] =
    "usage: enqueue [-q queuedir]\n"
    "Queues the message on fd 0 for the envelope on fd 1, as qmail-queue "
    "does.\n"
    "  -q  folder of the queue (default: QUEUEDIR, else queue)\n"
    "Example, with ezmlm, mailfront, or whatever asks QMAILQUEUE:\n"
    "  QUEUEDIR=/srv/queue QMAILQUEUE=/usr/local/bin/enqueue program ...\n";

/* Exit codes of qmail-queue; 11 to 40 are permanent. */
enum {
	ENQUEUE_LONG = 11,
	ENQUEUE_ADDRESS = 31,
	ENQUEUE_MEMORY = 51,
	ENQUEUE_TIMEOUT = 52,
	ENQUEUE_WRITE = 53,
	ENQUEUE_READ = 54,
	ENQUEUE_QUEUE = 62,
	ENQUEUE_FORMAT = 91
};

enum {
	ENQUEUE_SECONDS = 86400, /* as in qmail-queue */
	ENQUEUE_ENVELOPE = (QUEUE_RECIPIENTS + 1) * (ADDRESS_MAX + 2) + 1
};

/* Reads the envelope into BUF (ENQUEUE_ENVELOPE bytes), no further than its
 * end. 0 or an exit code. */
static int
enqueue_envelope(char *buf, const tain *deadline, size_t *whole)
{
	size_t n = 0;
	ssize_t r;
	int ready;

	for (*whole = 0; !*whole;) {
		if (n == ENQUEUE_ENVELOPE)
			return ENQUEUE_FORMAT;
		if ((ready = deadline_wait(1, POLLIN, deadline)) <= 0)
			return ready ? ENQUEUE_READ : ENQUEUE_TIMEOUT;
		r = read(1, buf + n, ENQUEUE_ENVELOPE - n);
		if (r == 0)
			return ENQUEUE_FORMAT;
		if (r < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (r < 0)
			return ENQUEUE_READ;
		*whole = handover_whole(buf, n + (size_t)r, n);
		n += (size_t)r;
	}
	return 0;
}

/* What the envelope has no place for. */
static const char *
enqueue_notes(void)
{
	const char *notes = getenv("QUEUENOTES");

	return notes ? notes : "";
}

static int
enqueue_received(struct queue_out *q, long uid)
{
	char line[128 + DATE_SIZE], date[DATE_SIZE];
	int n = snprintf(line, sizeof line,
	    "Received: (enqueue pid %ld invoked by uid %ld);\n\t%s\n",
	    (long)getpid(), uid, date_mail(date, time(0)));

	return queue_write(q, line, (size_t)n);
}

static void
enqueue_log(const char *id, const struct handover *h, long uid)
{
	char n[LOG_NUM], u[LOG_NUM];

	log_event("mail-accepted", "id", id, "from", h->from, "to",
	    h->n == 1 ? h->to : 0, "nrcpt", log_u64(n, h->n), "uid",
	    log_u64(u, (uint64_t)uid), (char *)0);
}

/* Queues S for H. 0 or an exit code. */
static int
enqueue_write(
    const struct incoming *in, struct spool *s, struct handover *h, long uid)
{
	struct queue_out *q = queue_start(in->fd, getenv("CONNID"), h->from);
	const char *notes = enqueue_notes();
	char id[QUEUE_NAME_MAX];
	const char *to = h->to;
	size_t i;

	if (!q)
		return errno == ENOMEM ? ENQUEUE_MEMORY : ENQUEUE_WRITE;
	snprintf(id, sizeof id, "%s", queue_id(q));
	if (notes_write(notes, 0, q) < 0)
		goto failed;
	for (i = 0; i < h->n; i++, to = handover_next(to))
		if (queue_to(q, to) < 0 || notes_write(notes, to, q) < 0)
			goto failed;
	if (enqueue_received(q, uid) < 0 || spool_write(s, q) < 0)
		goto failed;
	if (queue_commit(q) < 0)
		return ENQUEUE_WRITE;
	enqueue_log(id, h, uid);
	return 0;
failed:
	queue_abort(q);
	return ENQUEUE_WRITE;
}

/* All of it. 0 or an exit code. */
static int
enqueue_run(const struct incoming *in, long uid)
{
	static const int spool_code[] = {
	    0, ENQUEUE_READ, ENQUEUE_WRITE, ENQUEUE_TIMEOUT};
	static const int handover_code[] = {
	    0, ENQUEUE_FORMAT, ENQUEUE_LONG, ENQUEUE_ADDRESS};
	static struct spool s;
	static char envelope[ENQUEUE_ENVELOPE];
	struct handover h;
	tain deadline;
	size_t n;
	int r;

	deadline_in(&deadline, ENQUEUE_SECONDS);
	spool_init(&s, in->fd);
	r = spool_code[spool_fill(&s, 0, &deadline)];
	if (!r)
		r = enqueue_envelope(envelope, &deadline, &n);
	if (!r)
		r = handover_code[handover_read(envelope, n, &h)];
	if (!r && !notes_valid(enqueue_notes()))
		r = ENQUEUE_FORMAT;
	if (!r)
		r = enqueue_write(in, &s, &h, uid);
	spool_close(&s);
	return r;
}

/* Logs that nothing was queued. errno tells of what is not the caller's. */
static int
enqueue_refuse(int code, const char *queue)
{
	const char *why = strerror(errno);
	char number[LOG_NUM];

	switch (code) {
	case ENQUEUE_LONG:
		why = "an address is too long";
		break;
	case ENQUEUE_ADDRESS:
		why = "an address is none";
		break;
	case ENQUEUE_TIMEOUT:
		why = "the message does not end";
		break;
	case ENQUEUE_FORMAT:
		why = "the envelope is none";
		break;
	}
	log_event("mail-refused", "exit", log_u64(number, (uint64_t)code),
	    "reason", why, "queue", queue, (char *)0);
	return code;
}

int
enqueue_main(int argc, char **argv)
{
	static struct incoming in;
	subgetopt l = SUBGETOPT_ZERO;
	const char *queue = getenv("QUEUEDIR");
	int c, r, root = geteuid() == 0;
	long uid = (long)getuid();

	log_start_conn("enqueue");
	while (
	    (c = subgetopt_r(argc, (char const *const *)argv, "hq:", &l)) != -1)
		if (c == 'h')
			usage_help(enqueue_usage);
		else if (c == 'q')
			queue = l.arg;
		else
			usage_die(enqueue_usage);
	if (l.ind != argc)
		usage_die(enqueue_usage);
	if (!queue)
		queue = "queue";
	if (incoming_open(&in, queue) < 0)
		return enqueue_refuse(ENQUEUE_QUEUE, queue);
	priv_drop(root ? &in.owner : 0, root ? in.path : 0);
	r = enqueue_run(&in, uid);
	return r ? enqueue_refuse(r, queue) : 0;
}
