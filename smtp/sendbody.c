/* SPDX-License-Identifier: ISC */
/* A stored message as it goes over the wire. */
#include "smtp/sendbody.h"

#include <string.h>
#include <unistd.h>

#include "smtp/sendmime.h"

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
		if (!b->middle && *p == '.' && !b->chunk)
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
	size_t n = 0;

	if (b->middle || b->cr) {
		memcpy(out, "\r\n", 2);
		n = 2;
	}
	if (b->chunk)
		return n;
	memcpy(out + n, ".\r\n", 3);
	return n + 3;
}

int
sendbody_measure(int fd, size_t at, struct sendbody_facts *f)
{
	char buf[SENDBODY_STEP];
	size_t i, column = 0;
	ssize_t r;

	memset(f, 0, sizeof *f);
	while ((r = pread(fd, buf, sizeof buf, (off_t)at)) > 0) {
		at += (size_t)r;
		for (i = 0; i < (size_t)r; i++) {
			f->octets += 1 + (buf[i] == '\n');
			f->eightbit |= (unsigned char)buf[i] >> 7;
			column = buf[i] == '\n' ? 0 : column + 1;
			f->long_line |= column > MIME_LINE_MAX;
		}
	}
	return r < 0 ? -1 : 0;
}

static int
sendbody_count(void *data, const char *p, size_t n)
{
	struct sendbody_facts *f = data;
	size_t i;

	for (i = 0; i < n; i++)
		f->octets += 1 + (p[i] == '\n');
	return 0;
}

int
sendbody_measure_fit(int fd, size_t at, unsigned int unwanted,
    struct mime_plan *plan, struct sendbody_facts *f)
{
	f->octets = 0;
	if (unwanted & MIME_EIGHT)
		f->eightbit = 0;
	return sendmime_run(fd, at, unwanted, plan, sendbody_count, f) ? -1 : 0;
}

/* Where a body goes: to a server, or into memory. */
struct sendbody_out {
	struct sendconn *c;
	struct sendbody b;
	char *p;
	size_t n, size;
};

static int
sendbody_write(struct sendbody_out *o, const char *p, size_t n)
{
	if (o->c)
		return sendconn_put(o->c, p, n);
	if (n > o->size - o->n)
		return -1;
	memcpy(o->p + o->n, p, n);
	o->n += n;
	return 0;
}

static int
sendbody_put(void *data, const char *p, size_t n)
{
	static char out[2 * SENDBODY_STEP + 2];
	struct sendbody_out *o = data;
	size_t some;

	for (; n > 0; p += some, n -= some) {
		some = n < SENDBODY_STEP ? n : SENDBODY_STEP;
		if (sendbody_write(
			o, out, sendbody_stuff(&o->b, p, some, out)) < 0)
			return -1;
	}
	return 0;
}

/* The file as it is. */
static int
sendbody_file(struct sendbody_out *o, int fd, size_t at)
{
	static char in[SENDBODY_STEP];
	ssize_t r;

	while ((r = pread(fd, in, sizeof in, (off_t)at)) > 0) {
		at += (size_t)r;
		if (sendbody_put(o, in, (size_t)r) < 0)
			return -1;
	}
	return r < 0 ? 1 : 0;
}

/* All of it. 0; -1 it cannot be written; 1 nor read. */
static int
sendbody_all(struct sendbody_out *o, int fd, size_t at, unsigned int unwanted,
    struct mime_plan *plan)
{
	char end[5];
	int r = unwanted ? sendmime_run(fd, at, unwanted, plan, sendbody_put, o)
			 : sendbody_file(o, fd, at);

	return r ? r : sendbody_write(o, end, sendbody_end(&o->b, end));
}

int
sendbody_chunk(int fd, size_t at, unsigned int unwanted, struct mime_plan *plan,
    char *out, size_t size, size_t *n)
{
	struct sendbody_out o = {.b = {.chunk = 1}, .p = out, .size = size};
	int r = sendbody_all(&o, fd, at, unwanted, plan);

	*n = o.n;
	return r > 0 ? -1 : r == 0;
}

int
sendbody_send(struct sendconn *c, int fd, size_t at, unsigned int unwanted,
    struct mime_plan *plan)
{
	struct sendbody_out o = {.c = c};

	return sendbody_all(&o, fd, at, unwanted, plan);
}
