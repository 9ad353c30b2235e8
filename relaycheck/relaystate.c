/* SPDX-License-Identifier: ISC */
/* The table of addresses that have logged in lately. */
#include "relaystate.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "limit.h"

enum {
	RELAYSTATE_BUCKETS = 1024,
	RELAYSTATE_WAYS = 16,
	RELAYSTATE_START = 4096, /* behind the key */
	RELAYSTATE_TRIES = 200   /* for a lock, a millisecond each */
};

/* As it is in the file. An entry half written has a wrong sum, and is none. */
struct entry {
	unsigned char prefix[16]; /* a key of ip_key, zeros behind it */
	uint64_t time;            /* seconds since 1970 */
	uint64_t sum;             /* of all before it */
};

static void
relaystate_prefix(struct entry *e, const struct ip *ip)
{
	char key[IP_KEY];
	size_t n = ip_key(key, ip, limit_plen(ip, 0));

	memset(e, 0, sizeof *e);
	memcpy(e->prefix, key, n < sizeof e->prefix ? n : sizeof e->prefix);
}

static uint64_t
relaystate_sum(const struct relaystate *s, const struct entry *e)
{
	return siphash(s->key, e, offsetof(struct entry, sum));
}

/* Where the entries stand that E meets. Nobody can aim without the key. */
static off_t
relaystate_bucket(const struct relaystate *s, const struct entry *e)
{
	uint64_t h = siphash(s->key, e->prefix, sizeof e->prefix);

	return RELAYSTATE_START +
	    (off_t)(h % RELAYSTATE_BUCKETS) * RELAYSTATE_WAYS *
	    (off_t)sizeof(struct entry);
}

/* Reads the entries of the bucket AT; what the file does not have is zeros. */
static int
relaystate_read(const struct relaystate *s, off_t at, struct entry *b)
{
	memset(b, 0, RELAYSTATE_WAYS * sizeof *b);
	return pread(s->fd, b, RELAYSTATE_WAYS * sizeof *b, at) < 0 ? -1 : 0;
}

static int
relaystate_lock(int fd)
{
	const struct timespec millisecond = {0, 1000000};
	struct flock l = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int i;

	for (i = 0; i < RELAYSTATE_TRIES; i++) {
		if (fcntl(fd, F_OFD_SETLK, &l) == 0)
			return 0;
		if (errno != EAGAIN && errno != EACCES)
			return -1;
		nanosleep(&millisecond, 0);
	}
	return -1;
}

/* The key, made if there is none; 0 or -1. */
static int
relaystate_key(struct relaystate *s, int make)
{
	static const unsigned char none[SIPHASH_KEY];
	ssize_t n = pread(s->fd, s->key, sizeof s->key, 0);

	if (n < 0)
		return -1;
	if (n == sizeof s->key && memcmp(s->key, none, sizeof none) != 0)
		return 0;
	errno = ENOENT;
	return make && getrandom(s->key, sizeof s->key, 0) == sizeof s->key &&
		pwrite(s->fd, s->key, sizeof s->key, 0) == sizeof s->key
	    ? 0
	    : -1;
}

/* Opens the file in DIR, to write or to read. */
static int
relaystate_file(struct relaystate *s, const char *dir, int write)
{
	int d = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), saved;
	struct stat st;

	s->fd = -1;
	if (d < 0)
		return -1;
	if (fstat(d, &st) == 0) {
		errno = EPERM;
		if (!(st.st_mode & 022) && (!write || st.st_uid == geteuid()))
			s->fd = openat(d, "opened",
			    (write ? O_RDWR | O_CREAT : O_RDONLY) | O_NOFOLLOW |
				O_NONBLOCK | O_CLOEXEC,
			    0644);
	}
	saved = errno;
	close(d);
	errno = saved;
	return s->fd < 0 ? -1 : 0;
}

/* The place for E in the bucket B: its own, else that of the oldest. */
static size_t
relaystate_place(
    const struct relaystate *s, const struct entry *b, const struct entry *e)
{
	size_t i, oldest = 0;
	uint64_t t, least = UINT64_MAX;

	for (i = 0; i < RELAYSTATE_WAYS; i++) {
		if (memcmp(b[i].prefix, e->prefix, sizeof e->prefix) == 0)
			return i;
		t = b[i].sum == relaystate_sum(s, &b[i]) ? b[i].time : 0;
		if (t > e->time) /* of a clock that went wrong */
			t = 0;
		if (t < least) {
			least = t;
			oldest = i;
		}
	}
	return oldest;
}

int
relaystate_record(const char *dir, const struct ip *ip)
{
	struct entry b[RELAYSTATE_WAYS], e;
	struct relaystate s;
	off_t at;
	int r = -1, saved;

	if (relaystate_file(&s, dir, 1) < 0)
		return -1;
	if (relaystate_lock(s.fd) == 0 && relaystate_key(&s, 1) == 0) {
		relaystate_prefix(&e, ip);
		at = relaystate_bucket(&s, &e);
		e.time = (uint64_t)time(0);
		e.sum = relaystate_sum(&s, &e);
		if (relaystate_read(&s, at, b) == 0) {
			at += (off_t)(relaystate_place(&s, b, &e) * sizeof e);
			if (pwrite(s.fd, &e, sizeof e, at) == sizeof e)
				r = 0;
		}
	}
	saved = errno;
	close(s.fd);
	errno = saved;
	return r;
}

int
relaystate_open(struct relaystate *s, const char *dir)
{
	if (relaystate_file(s, dir, 0) == 0 && relaystate_key(s, 0) == 0)
		return 0;
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	return errno == ENOENT ? 0 : -1;
}

long
relaystate_age(const struct relaystate *s, const struct ip *ip)
{
	struct entry b[RELAYSTATE_WAYS], e;
	uint64_t now = (uint64_t)time(0);
	size_t i;

	if (s->fd < 0)
		return -1;
	relaystate_prefix(&e, ip);
	if (relaystate_read(s, relaystate_bucket(s, &e), b) < 0)
		return -2;
	for (i = 0; i < RELAYSTATE_WAYS; i++)
		if (memcmp(b[i].prefix, e.prefix, sizeof e.prefix) == 0 &&
		    b[i].sum == relaystate_sum(s, &b[i]) && b[i].time <= now &&
		    now - b[i].time < 1 << 30)
			return (long)(now - b[i].time);
	return -1;
}

void
relaystate_close(struct relaystate *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}
