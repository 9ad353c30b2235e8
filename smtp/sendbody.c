/* SPDX-License-Identifier: ISC */
/* A stored message as it goes over the wire. */
#include "smtp/sendbody.h"

#include <string.h>
#include <unistd.h>

enum { SENDBODY_STEP = 8192 };

size_t
sendbody_stuff(struct sendbody *b, const char *p, size_t n, char *out)
{
	const char *end = p + n, *stop;
	char *o = out;

	while (p < end) {
		if (b->cr && *p != '\n') {
			*o++ = '\r';
			*o++ = '\n';
			b->middle = 0;
		}
		b->cr = *p == '\r';
		if (b->cr) {
			p++;
			continue;
		}
		if (*p == '\n') {
			*o++ = '\r';
			*o++ = '\n';
			b->middle = 0;
			p++;
			continue;
		}
		if (!b->middle && *p == '.')
			*o++ = '.';
		for (stop = p; stop < end && *stop != '\n' && *stop != '\r';)
			stop++;
		memcpy(o, p, (size_t)(stop - p));
		o += stop - p;
		p = stop;
		b->middle = 1;
	}
	return (size_t)(o - out);
}

size_t
sendbody_end(struct sendbody *b, char *out)
{
	if (b->middle || b->cr) {
		memcpy(out, "\r\n.\r\n", 5);
		return 5;
	}
	memcpy(out, ".\r\n", 3);
	return 3;
}

int
sendbody_measure(int fd, size_t at, struct sendbody_facts *f)
{
	char buf[SENDBODY_STEP], last = '\n';
	int head = 1;
	ssize_t r;
	size_t i;

	memset(f, 0, sizeof *f);
	while ((r = pread(fd, buf, sizeof buf, (off_t)at)) > 0) {
		at += (size_t)r;
		for (i = 0; i < (size_t)r; i++) {
			f->octets += 1 + (buf[i] == '\n');
			if (head && buf[i] == '\n' && last == '\n')
				head = 0;
			if (buf[i] & 0x80) {
				f->eightbit = 1;
				f->eightbit_head |= head;
			}
			last = buf[i];
		}
	}
	return r < 0 ? -1 : 0;
}

int
sendbody_send(struct sendconn *c, int fd, size_t at)
{
	static char in[SENDBODY_STEP], out[2 * SENDBODY_STEP + 2];
	struct sendbody b = {0, 0};
	ssize_t r;

	while ((r = pread(fd, in, sizeof in, (off_t)at)) > 0) {
		at += (size_t)r;
		if (sendconn_put(
			c, out, sendbody_stuff(&b, in, (size_t)r, out)) < 0)
			return -1;
	}
	if (r < 0)
		return 1;
	return sendconn_put(c, out, sendbody_end(&b, out));
}
