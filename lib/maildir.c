/* SPDX-License-Identifier: ISC */
/* Names of messages in a Maildir. */
#include "maildir.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Reads digits at S up to ',' ':' or the end as a size; MAILDIR_NONE if it is
 * none or beyond 2^62. */
static int64_t
maildir_size(const char *s)
{
	int64_t n = 0;
	const char *p;

	for (p = s; *p >= '0' && *p <= '9'; p++) {
		if (n > (INT64_MAX >> 1) / 10 - 1)
			return MAILDIR_NONE;
		n = n * 10 + (*p - '0');
	}
	return p > s && (!*p || *p == ',' || *p == ':') ? n : MAILDIR_NONE;
}

void
maildir_parse(const char *name, struct maildir_name *n)
{
	const char *p;

	n->base = strcspn(name, ":");
	n->uid = strcspn(name, ",:");
	n->s = n->w = MAILDIR_NONE;
	n->flags = strncmp(name + n->base, ":2,", 3) ? "" : name + n->base + 3;
	for (p = name + n->uid; *p == ','; p += 1 + strcspn(p + 1, ",:")) {
		if (strncmp(p, ",S=", 3) == 0 && n->s == MAILDIR_NONE)
			n->s = maildir_size(p + 3);
		if (strncmp(p, ",W=", 3) == 0 && n->w == MAILDIR_NONE)
			n->w = maildir_size(p + 3);
	}
}

/* HOST with '/', ':' and ',' (which begins the sizes) as \ooo. 0 or -1. */
static int
maildir_host(char *out, size_t size, const char *host)
{
	size_t n = 0;

	for (; *host; host++) {
		if (n + 5 > size)
			return -1;
		if (strchr("/:,", *host))
			n += (size_t)sprintf(out + n, "\\%03o",
			    (unsigned int)(unsigned char)*host);
		else
			out[n++] = *host;
	}
	out[n] = 0;
	return 0;
}

int
maildir_unique(char *buf, const char *host)
{
	static unsigned int count;
	char safe[MAILDIR_NAME_MAX];
	struct timespec now;
	unsigned int r;
	int n;

	if (maildir_host(safe, sizeof safe, host) < 0 ||
	    clock_gettime(CLOCK_REALTIME, &now) < 0 ||
	    getrandom(&r, sizeof r, 0) != (ssize_t)sizeof r)
		return -1;
	n = snprintf(buf, MAILDIR_NAME_MAX + 1, "%lld.M%06ldP%ldQ%uR%x.%s",
	    (long long)now.tv_sec, now.tv_nsec / 1000, (long)getpid(), ++count,
	    r, safe);
	return n > 0 && n <= MAILDIR_NAME_MAX ? 0 : -1;
}

/* Looks first: mkdir locks the folder above even where DIR is there. */
static int
maildir_mkdir(const char *dir)
{
	if (access(dir, F_OK) == 0)
		return 0;
	return mkdir(dir, 0700) < 0 && errno != EEXIST ? -1 : 0;
}

int
maildir_make(const char *dir)
{
	static const char *const parts[] = {"tmp", "new", "cur"};
	char path[4096];
	size_t i;
	int n;

	if (maildir_mkdir(dir) < 0)
		return -1;
	for (i = 0; i < sizeof parts / sizeof *parts; i++) {
		n = snprintf(path, sizeof path, "%s/%s", dir, parts[i]);
		if (n < 0 || (size_t)n >= sizeof path) {
			errno = ENAMETOOLONG;
			return -1;
		}
		if (maildir_mkdir(path) < 0)
			return -1;
	}
	return 0;
}
