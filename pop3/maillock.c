/* SPDX-License-Identifier: ISC */
/* The lock of a POP3 session (RFC 1939, 4). Among our own sessions it is a
 * flock of the Maildir, which ends with its process. For Dovecot it is the file
 * dovecot-pop3-session.lock with "pid:host": stale when that process of this
 * host is gone or, of another host, when it was not touched for five minutes.
 * Ours ends with a line feed: who has the flock knows that it is stale,
 * whoever has the number of its process now. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "maillock.h"

enum { MAILLOCK_STALE = 300, MAILLOCK_TOUCH = 60, MAILLOCK_TEXT = 320 };

static const char maillock_name[] = "dovecot-pop3-session.lock";

/* "pid:host" and a line feed; its length. */
static size_t
maillock_text(char *buf)
{
	char host[256] = "";
	int n;

	gethostname(host, sizeof host - 1);
	n = snprintf(buf, MAILLOCK_TEXT, "%ld:%s\n", (long)getpid(), host);
	return n > 0 && n < MAILLOCK_TEXT ? (size_t)n : 0;
}

/* 1 if the process that TEXT, "pid:host", names has ended, 0 if it lives, -1
 * if nobody here can know. */
static int
maillock_ended(char *text)
{
	char own[MAILLOCK_TEXT], *host, *end;
	long pid;

	own[maillock_text(own)] = 0;
	host = strchr(own, ':');
	text[strcspn(text, "\n")] = 0;
	own[strcspn(own, "\n")] = 0;
	pid = strtol(text, &end, 10);
	if (end == text || *end != ':' || pid < 1 || pid > 0x7fffffff ||
	    !host || strcmp(end, host) != 0)
		return -1;
	return kill((pid_t)pid, 0) < 0 && errno == ESRCH;
}

/* 1 if the lock file belongs to nobody, or is gone; 0 to somebody; -1. */
static int
maillock_stale(const struct maildrop *d)
{
	char text[MAILLOCK_TEXT];
	struct stat st;
	ssize_t n;
	int fd, r;

	fd = openat(d->dir, maillock_name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 1 : -1;
	n = read(fd, text, sizeof text - 1);
	r = fstat(fd, &st);
	close(fd);
	if (n < 0 || r < 0)
		return -1;
	text[n] = 0;
	if (n > 0 && text[n - 1] == '\n' && d->flocked > 0)
		return 1;
	if (n > 0 && (r = maillock_ended(text)) >= 0)
		return r;
	return time(0) > st.st_mtime + MAILLOCK_STALE;
}

/* Takes the flock, where the file system has it. 0 another has it. */
static int
maillock_flock(struct maildrop *d)
{
	if (d->flocked)
		return 1;
	if (flock(d->dir, LOCK_EX | LOCK_NB) == 0)
		d->flocked = 1;
	else if (errno == EWOULDBLOCK)
		return 0;
	else
		d->flocked = -1;
	return 1;
}

/* Removes the lock file, if it is still ours. */
static void
maillock_remove(struct maildrop *d)
{
	struct stat own, named;

	if (d->lock < 0)
		return;
	if (fstat(d->lock, &own) == 0 &&
	    fstatat(d->dir, maillock_name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	    own.st_dev == named.st_dev && own.st_ino == named.st_ino)
		unlinkat(d->dir, maillock_name, 0);
	close(d->lock);
	d->lock = -1;
}

/* Writes our lock file, new and empty. 1, or -1. */
static int
maillock_write(struct maildrop *d, int fd)
{
	char text[MAILLOCK_TEXT];
	size_t n = maillock_text(text);

	d->lock = fd;
	d->touched = time(0);
	if (write(fd, text, n) == (ssize_t)n)
		return 1;
	maillock_remove(d);
	errno = ENOSPC;
	return -1;
}

/* One try. 1 taken; 0 another has it; -1 failed. */
static int
maillock_try(struct maildrop *d)
{
	int fd, r, again;

	if (!maillock_flock(d))
		return 0;
	for (again = 0; again < 2; again++) {
		fd = openat(d->dir, maillock_name,
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd >= 0 && maillock_write(d, fd) == 1)
			return 1;
		/* who has no room must be able to delete mail */
		if (errno == ENOSPC || errno == EDQUOT || errno == EROFS)
			return d->flocked;
		if (errno != EEXIST)
			return -1;
		if ((r = maillock_stale(d)) <= 0)
			return r;
		unlinkat(d->dir, maillock_name, 0);
	}
	return 0;
}

int
maildrop_lock(struct maildrop *d, unsigned int seconds)
{
	struct timespec pause = {.tv_nsec = 50000000};
	time_t end = time(0) + (time_t)seconds;
	int r;

	while ((r = maillock_try(d)) == 0 && time(0) < end) {
		nanosleep(&pause, 0);
		if (pause.tv_nsec < 400000000)
			pause.tv_nsec *= 2;
	}
	return r;
}

void
maildrop_touch(struct maildrop *d)
{
	time_t now = time(0);

	if (d->lock < 0 || now < d->touched + MAILLOCK_TOUCH)
		return;
	d->touched = now;
	futimens(d->lock, 0);
}

void
maildrop_unlock(struct maildrop *d)
{
	maillock_remove(d);
	if (d->flocked > 0)
		flock(d->dir, LOCK_UN);
	d->flocked = 0;
}
