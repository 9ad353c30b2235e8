/* SPDX-License-Identifier: ISC */
/* Output of a session. */
#include "pop3out.h"

#include <sys/mman.h>

#include "deadline.h"
#include "log.h"

int
pop3out_init(struct pop3out *o, int fd, unsigned int seconds)
{
	*o = (struct pop3out){.fd = fd, .seconds = seconds};
	o->buf = mmap(0, POP3OUT_SIZE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return o->buf == MAP_FAILED ? -1 : 0;
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
	if (o->len > o->most)
		o->most = o->len;
	o->len = 0;
	return -o->failed;
}

int
pop3out_relax(struct pop3out *o)
{
	if (o->most <= POP3OUT_KEEP)
		return 0;
	madvise(o->buf, POP3OUT_SIZE, MADV_DONTNEED);
	o->most = 0;
	return 1;
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
