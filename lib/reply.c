/* SPDX-License-Identifier: ISC */
/* Replies to a client, gathered and written in one go. */
#include "reply.h"

#include <stdarg.h>
#include <string.h>

#include "deadline.h"
#include "log.h"

void
reply_init(struct reply *r, int fd, unsigned int seconds)
{
	r->fd = fd;
	r->seconds = seconds;
	r->failed = 0;
	r->len = 0;
}

int
reply_flush(struct reply *r)
{
	tain deadline;

	if (r->len && !r->failed) {
		deadline_in(&deadline, r->seconds);
		if (deadline_write(r->fd, r->buf, r->len, &deadline) != 1)
			r->failed = 1;
	}
	r->len = 0;
	return r->failed ? -1 : 0;
}

void
reply_put(struct reply *r, const char *p, size_t n)
{
	size_t part;

	while (n > 0 && !r->failed) {
		if (r->len == REPLY_SIZE)
			reply_flush(r);
		part = REPLY_SIZE - r->len;
		if (part > n)
			part = n;
		memcpy(r->buf + r->len, p, part);
		r->len += part;
		p += part;
		n -= part;
	}
}

void
reply_puts(struct reply *r, const char *s)
{
	reply_put(r, s, strlen(s));
}

void
reply_u64(struct reply *r, unsigned long long n)
{
	char number[LOG_NUM];

	reply_puts(r, log_u64(number, n));
}

/* Appends S with its control characters replaced. */
static void
reply_safe(struct reply *r, const char *s)
{
	size_t n;

	for (;;) {
		for (n = 0; s[n] && (unsigned char)s[n] >= ' ' && s[n] != 127;
		     n++)
			;
		reply_put(r, s, n);
		s += n;
		if (!*s++)
			return;
		reply_put(r, "?", 1);
	}
}

void
reply_line(struct reply *r, ...)
{
	const char *s;
	va_list ap;

	va_start(ap, r);
	while ((s = va_arg(ap, const char *)))
		reply_safe(r, s);
	va_end(ap);
	reply_put(r, "\r\n", 2);
}
