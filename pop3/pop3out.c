/* SPDX-License-Identifier: ISC */
/* Output of a session. */
#include "pop3out.h"

#include "deadline.h"
#include "log.h"
#include "pop3idle.h"

int
pop3out_init(struct pop3out *o, int fd, unsigned int seconds)
{
	*o = (struct pop3out){.fd = fd, .seconds = seconds};
	return pop3out_wake(o);
}

int
pop3out_flush(struct pop3out *o)
{
	tain deadline;

	if (o->failed || !o->len)
		return -o->failed;
	deadline_in(&deadline, o->seconds);
	if (deadline_write(o->fd, o->buf, o->len, &deadline) != 1)
		o->failed = 1;
	o->len = 0;
	return -o->failed;
}

void
pop3out_sleep(struct pop3out *o)
{
	pop3idle_drop(&o->buf, POP3OUT_SIZE);
}

int
pop3out_wake(struct pop3out *o)
{
	return pop3idle_have(&o->buf, POP3OUT_SIZE);
}

void
pop3out_put(struct pop3out *o, const char *p, size_t n)
{
	size_t part;

	while (n > 0) {
		if (o->len == POP3OUT_SIZE && pop3out_flush(o) < 0)
			return;
		part = POP3OUT_SIZE - o->len;
		if (part > n)
			part = n;
		memcpy(o->buf + o->len, p, part);
		o->len += part;
		p += part;
		n -= part;
	}
}

void
pop3out_u64(struct pop3out *o, unsigned long long n)
{
	char number[LOG_NUM];

	pop3out_puts(o, log_u64(number, n));
}
