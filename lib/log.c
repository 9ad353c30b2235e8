/* SPDX-License-Identifier: ISC */
/* The log: one logfmt line an event. */
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <skalibs/strerr.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct log_line {
	size_t n;
	char s[LOG_MAX];
};

enum { LOG_ESCAPE = 4 };

char const *PROG = "postern";

static void
log_put(struct log_line *l, const char *s, size_t n)
{
	if (n > LOG_MAX - 1 - l->n)
		n = LOG_MAX - 1 - l->n;
	memcpy(l->s + l->n, s, n);
	l->n += n;
}

/* 1 if S can stand without quotes. */
static int
log_plain(const char *s)
{
	if (!*s)
		return 0;
	for (; *s; s++)
		if (*s <= ' ' || *s == '"' || *s == '=' || *s == '\\' ||
		    *s == 127 || (*s & 0x80))
			return 0;
	return 1;
}

/* Escapes S. UTF-8 and other high bytes pass as \xNN: a log is ASCII. */
static void
log_escape(struct log_line *l, const char *s)
{
	static const char hex[] = "0123456789abcdef";
	unsigned char c;
	char e[LOG_ESCAPE];

	for (; (c = *s); s++) {
		if (l->n + LOG_ESCAPE + 1 >= LOG_MAX)
			return;
		if (c == '"' || c == '\\') {
			e[0] = '\\';
			e[1] = c;
			log_put(l, e, 2);
		} else if (c < ' ' || c >= 127) {
			e[0] = '\\';
			e[1] = 'x';
			e[2] = hex[c >> 4];
			e[3] = hex[c & 15];
			log_put(l, e, 4);
		} else {
			log_put(l, s, 1);
		}
	}
}

static void
log_pair(struct log_line *l, const char *name, const char *value)
{
	if (l->n)
		log_put(l, " ", 1);
	log_put(l, name, strlen(name));
	log_put(l, "=", 1);
	if (log_plain(value)) {
		log_put(l, value, strlen(value));
		return;
	}
	log_put(l, "\"", 1);
	log_escape(l, value);
	log_put(l, "\"", 1);
}

static void
log_begin(struct log_line *l, const char *event)
{
	const char *connid;

	l->n = 0;
	log_pair(l, "prog", PROG);
	if ((connid = getenv("CONNID")) && *connid)
		log_pair(l, "connid", connid);
	log_pair(l, "event", event);
}

static void
log_end(struct log_line *l)
{
	l->s[l->n++] = '\n';
	if (write(2, l->s, l->n) < 0)
		return;
}

/* 1 if fd 2 is the client's connection, as under inetd. */
static int
log_is_client(void)
{
	static int no_socket; /* fd 2 is one file for all stages */
	struct stat in, err;

	if (no_socket || fstat(2, &err) < 0)
		return 0;
	no_socket = !S_ISSOCK(err.st_mode);
	return !no_socket && fstat(0, &in) == 0 && in.st_dev == err.st_dev &&
	    in.st_ino == err.st_ino;
}

/* For good, and for the stages that follow: behind TLS fd 0 is another file,
 * and nobody could tell any more what fd 2 is. */
static void
log_to_nobody(void)
{
	int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || dup2(fd, 2) < 0)
		_exit(111);
	close(fd);
}

void
log_start(const char *program)
{
	PROG = program;
	if (log_is_client())
		log_to_nobody();
}

void
log_connid(char *id)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	snprintf(id, LOG_CONNID, "%llx.%05lx.%x",
	    (unsigned long long)now.tv_sec, (unsigned long)now.tv_nsec / 1000,
	    (unsigned)getpid());
}

void
log_start_conn(const char *program)
{
	char id[LOG_CONNID];
	const char *old;

	log_start(program);
	if ((old = getenv("CONNID")) && *old)
		return;
	log_connid(id);
	if (setenv("CONNID", id, 1) < 0)
		log_diesys(111, "no memory", (char *)0);
}

void
log_event(const char *event, ...)
{
	struct log_line l;
	const char *name, *value;
	va_list ap;

	log_begin(&l, event);
	va_start(ap, event);
	while ((name = va_arg(ap, const char *)))
		if ((value = va_arg(ap, const char *)))
			log_pair(&l, name, value);
	va_end(ap);
	log_end(&l);
}

static void
log_fatal(int code, const char *reason, va_list ap, const char *why)
{
	struct log_line l;
	const char *s;
	char number[LOG_NUM];

	log_begin(&l, "fatal");
	log_pair(&l, "exit", log_u64(number, (uint64_t)code));
	log_put(&l, " reason=\"", strlen(" reason=\""));
	for (s = reason; s; s = va_arg(ap, const char *))
		log_escape(&l, s);
	if (why) {
		log_put(&l, ": ", 2);
		log_escape(&l, why);
	}
	log_put(&l, "\"", 1);
	log_end(&l);
}

void
log_die(int code, const char *reason, ...)
{
	va_list ap;

	va_start(ap, reason);
	log_fatal(code, reason, ap, 0);
	va_end(ap);
	exit(code);
}

void
log_diesys(int code, const char *reason, ...)
{
	const char *why = strerror(errno);
	va_list ap;

	va_start(ap, reason);
	log_fatal(code, reason, ap, why);
	va_end(ap);
	exit(code);
}

const char *
log_u64(char *buf, uint64_t n)
{
	char *p = buf + (LOG_NUM - 1);

	*p = 0;
	do
		*--p = '0' + n % 10;
	while (n /= 10);
	return memmove(buf, p, buf + LOG_NUM - p);
}
