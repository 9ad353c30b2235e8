/* SPDX-License-Identifier: ISC */
/* A QMAILQUEUE program in the queue's place: the front's side. */
#include "smtp/filter.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "deadline.h"
#include "log.h"
#include "peer.h"
#include "smtp/replies.h"

enum {
	SMTP_FILTER_SECONDS = 300,
	SMTP_FILTER_REJECT = 31,
	SMTP_FILTER_OWN = 82
};

/* A pipe whose END (0 or 1) is the runner's. Our end does not block. 0, or -1
 * with errno. */
static int
smtp_filter_pipe(struct smtp_filter *f, int end, int *ours)
{
	tain deadline;
	int fd[2], sent;

	*ours = -1;
	if (pipe2(fd, O_CLOEXEC) < 0)
		return -1;
	*ours = fd[!end];
	deadline_in(&deadline, SMTP_FILTER_SECONDS);
	sent = fcntl(*ours, F_SETFL, O_NONBLOCK) == 0 &&
	    peer_send(f->runner, "", 1, fd[end], &deadline) == 1;
	close(fd[end]);
	return sent ? 0 : -1;
}

static void
smtp_filter_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* A runner that does not answer now could answer the next question. */
static void
smtp_filter_give_up(struct smtp_filter *f)
{
	log_event("filter-failed", "why", strerror(errno), (char *)0);
	smtp_filter_close(&f->message);
	smtp_filter_close(&f->envelope);
	smtp_filter_close(&f->text);
	smtp_filter_close(&f->runner);
}

/* Gives the runner what is known of the message. 0, or -1 with errno. */
static int
smtp_filter_facts(
    struct smtp_filter *f, const struct smtp_transaction *t, const char *user)
{
	static char facts[SMTP_FILTER_FACTS];
	size_t n =
	    (size_t)snprintf(facts, ADDRESS_MAX + 1, "%s", user ? user : "") +
	    1;
	int fd = memfd_create("facts", MFD_CLOEXEC), sent;
	tain deadline;

	if (fd < 0)
		return -1;
	if (smtp_transaction_notes(t, facts + n) < 0) {
		close(fd);
		return -1;
	}
	n += strlen(facts + n) + 1;
	deadline_in(&deadline, SMTP_FILTER_SECONDS);
	sent = write(fd, facts, n) == (ssize_t)n &&
	    peer_send(f->runner, "", 1, fd, &deadline) == 1;
	close(fd);
	return sent ? 0 : -1;
}

int
smtp_filter_open(
    struct smtp_filter *f, const struct smtp_transaction *t, const char *user)
{
	f->message = f->envelope = f->text = -1;
	if (f->runner < 0) {
		errno = EPIPE;
		return -1;
	}
	if (smtp_filter_facts(f, t, user) == 0 &&
	    smtp_filter_pipe(f, 0, &f->message) == 0 &&
	    smtp_filter_pipe(f, 0, &f->envelope) == 0 &&
	    smtp_filter_pipe(f, 1, &f->text) == 0)
		return 0;
	smtp_filter_give_up(f);
	errno = EPIPE;
	return -1;
}

int
smtp_filter_write(struct smtp_filter *f, const char *p, size_t n)
{
	tain deadline;
	int r;

	deadline_in(&deadline, SMTP_FILTER_SECONDS);
	if ((r = deadline_write(f->message, p, n, &deadline)) == 0)
		errno = ETIMEDOUT;
	return r > 0 ? 0 : -1;
}

/* The program's exit code, or -1. */
static int
smtp_filter_wait(struct smtp_filter *f)
{
	unsigned char code;
	tain deadline;
	size_t n;
	int r;

	deadline_in(&deadline, SMTP_FILTER_SECONDS);
	r = peer_recv(f->runner, &code, 1, &n, 0, &deadline);
	if (r == 1 && n == 1)
		return code;
	if (r == 0)
		errno = EPIPE;
	smtp_filter_give_up(f);
	return -1;
}

void
smtp_filter_abort(struct smtp_filter *f)
{
	smtp_filter_close(&f->message);
	smtp_filter_close(&f->envelope);
	smtp_filter_wait(f);
	smtp_filter_close(&f->text);
}

/* One string of the envelope: WHAT and S. 1 written. */
static int
smtp_filter_put(int fd, char what, const char *s, const tain *deadline)
{
	char line[ADDRESS_MAX + 2];
	size_t n = strlen(s) + 1;

	line[0] = what;
	memcpy(line + 1, s, n);
	return deadline_write(fd, line, n + 1, deadline) == 1;
}

/* What it does not take of the envelope, it need not: the exit code counts. */
static void
smtp_filter_envelope(struct smtp_filter *f, const struct smtp_transaction *t)
{
	const char *s = t->to;
	unsigned int i;
	tain deadline;
	int good;

	deadline_in(&deadline, SMTP_FILTER_SECONDS);
	good = smtp_filter_put(f->envelope, 'F', t->from, &deadline);
	for (i = 0; good && i < t->rcpts; i++) {
		good = smtp_filter_put(f->envelope, 'T', s, &deadline);
		s = smtp_transaction_next(s);
	}
	if (good)
		deadline_write(f->envelope, "", 1, &deadline);
}

/* The reply to exit code 82: what the program says, D for good or Z for now. */
static const char *
smtp_filter_said(struct smtp_filter *f, char *text)
{
	char said[SMTP_FILTER_TEXT - 16];
	ssize_t n = read(f->text, said, sizeof said - 1);

	if (n <= 1 || (said[0] != 'D' && said[0] != 'Z'))
		return SMTP_QUEUE_FAILED;
	said[n] = 0;
	said[strcspn(said, "\r\n")] = 0;
	snprintf(text, SMTP_FILTER_TEXT, "%s %s",
	    said[0] == 'D' ? "554 5.3.0" : "451 4.3.0", said + 1);
	return text;
}

const char *
smtp_filter_commit(
    struct smtp_filter *f, const struct smtp_transaction *t, char *text)
{
	const char *why = 0;
	char number[LOG_NUM];
	int code;

	smtp_filter_close(&f->message);
	smtp_filter_envelope(f, t);
	smtp_filter_close(&f->envelope);
	code = smtp_filter_wait(f);
	if (code == SMTP_FILTER_OWN)
		why = smtp_filter_said(f, text);
	else if (code == SMTP_FILTER_REJECT)
		why = SMTP_FILTERED;
	else if (code >= 11 && code <= 40)
		why = SMTP_QUEUE_REFUSED;
	else if (code)
		why = SMTP_QUEUE_FAILED;
	smtp_filter_close(&f->text);
	if (why && code >= 0)
		log_event("filter-refused", "exit",
		    log_u64(number, (uint64_t)code), "reply", why, (char *)0);
	return why;
}
