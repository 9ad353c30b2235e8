/* SPDX-License-Identifier: ISC */
/* The octets of messages whose names do not tell them: as they are on the wire,
 * where each line ends with CR LF. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "log.h"
#include "mailparts.h"

enum {
	MAILCOUNT_MANY = 1000, /* messages that are worth more processes */
	MAILCOUNT_HELPERS = 3,
	MAILCOUNT_PARTS = MAILCOUNT_HELPERS + 1,
	MAILCOUNT_RUN = 64 /* neighbours that one of them counts */
};

/* Adds to *OCTETS what N bytes at S are on the wire; *LAST is the byte before
 * them (0: none). */
static void
mailcount_bytes(const char *s, size_t n, char *last, int64_t *octets)
{
	const char *end = s + n, *lf;

	*octets += (int64_t)n;
	if (n && s[0] == '\n' && *last != '\r')
		++*octets;
	for (lf = s + 1;
	     lf < end && (lf = memchr(lf, '\n', (size_t)(end - lf))); lf++)
		*octets += lf[-1] != '\r';
	if (n)
		*last = s[n - 1];
}

/* The octets of the message on FD, which is closed; -1 with errno. */
static int64_t
mailcount_file(const struct maildrop *d, int fd)
{
	int64_t octets = 0;
	char last = 0;
	ssize_t n;

	/* a short read of a file is its end: most messages take only one */
	do
		if ((n = read(fd, d->buf, MAILDROP_BUFFER)) > 0)
			mailcount_bytes(d->buf, (size_t)n, &last, &octets);
	while (n == MAILDROP_BUFFER);
	close(fd);
	if (n < 0)
		return -1;
	/* the last line is ended where it is not */
	if (octets && last != '\n')
		octets += last == '\r' ? 1 : 2;
	return octets;
}

int64_t
maildrop_octets(struct maildrop *d, size_t i)
{
	struct message *m = &d->m[i];
	int64_t octets;
	int fd;

	if (m->octets < 0 && !d->indexed)
		maildrop_index_load(d);
	if (m->octets >= 0)
		return m->octets;
	m->octets = 0;
	d->counted++;
	/* to count it is not to have read it; and a new time for each of
	 * 100,000 files costs as much as all the rest */
	if ((fd = maildrop_file(d, i, O_NOATIME)) < 0)
		return 0;
	if ((octets = mailcount_file(d, fd)) < 0) {
		log_event("error", "reason", "cannot read a message", "file",
		    d->names + m->name, (char *)0);
		return 0;
	}
	return m->octets = octets;
}

/* One part of the messages: to TOLD goes one more than the octets of each that
 * is counted. One that has moved is left to others, as is all trouble. */
static void
mailcount_part(const struct maildrop *d, size_t part, int64_t *told)
{
	size_t i;
	int fd;

	for (i = 0; i < d->n; i++) {
		if (i / MAILCOUNT_RUN % MAILCOUNT_PARTS != part ||
		    d->m[i].octets >= 0)
			continue;
		if ((fd = maildrop_open_file(d, i, O_NOATIME)) >= 0)
			told[i] = mailcount_file(d, fd) + 1;
	}
}

/* A process that counts a PART and ends, at the latest with this one. Its pid;
 * -1 there is none. */
static pid_t
mailcount_helper(const struct maildrop *d, size_t part, int64_t *told)
{
	pid_t self = getpid(), pid = fork();

	if (pid)
		return pid;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 && getppid() == self)
		mailcount_part(d, part, told);
	_exit(0);
}

static void
mailcount_share(struct maildrop *d, int64_t *told)
{
	pid_t helper[MAILCOUNT_HELPERS];
	size_t i;

	for (i = 0; i < MAILCOUNT_HELPERS; i++)
		helper[i] = mailcount_helper(d, i + 1, told);
	mailcount_part(d, 0, told);
	for (i = 0; i < MAILCOUNT_HELPERS; i++)
		while (helper[i] > 0 && waitpid(helper[i], 0, 0) < 0 &&
		    errno == EINTR)
			;
	for (i = 0; i < d->n; i++)
		if (told[i] > 0) {
			d->m[i].octets = told[i] - 1;
			d->counted++;
		}
}

/* 1 if enough messages are not counted yet. */
static int
mailcount_many(const struct maildrop *d)
{
	size_t i, unknown = 0;

	for (i = 0; i < d->n && unknown < MAILCOUNT_MANY; i++)
		unknown += d->m[i].octets < 0;
	return unknown == MAILCOUNT_MANY;
}

void
maildrop_octets_all(struct maildrop *d)
{
	size_t size = d->n * sizeof(int64_t);
	int64_t *told;

	if (mailcount_many(d) && !d->indexed)
		maildrop_index_load(d);
	if (!mailcount_many(d))
		return;
	told = mmap(
	    0, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (told == MAP_FAILED)
		return;
	mailcount_share(d, told);
	munmap(told, size);
}
