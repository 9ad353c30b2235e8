/* SPDX-License-Identifier: ISC */
/* A BIO that sends and receives with MSG_DONTWAIT. */
#include "wire.h"

#include <errno.h>
#include <sys/socket.h>

static int
wire_write(BIO *b, const char *p, int n)
{
	const struct wire *wire = BIO_get_data(b);
	ssize_t w;

	BIO_clear_retry_flags(b);
	w = send(wire->fd, p, (size_t)n, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (w < 0 && (errno == EAGAIN || errno == EINTR))
		BIO_set_retry_write(b);
	return (int)w;
}

static int
wire_read(BIO *b, char *p, int n)
{
	struct wire *wire = BIO_get_data(b);
	ssize_t r;

	BIO_clear_retry_flags(b);
	if (!wire->reads) {
		BIO_set_retry_read(b);
		return -1;
	}
	r = recv(wire->fd, p, (size_t)n, MSG_DONTWAIT);
	if (wire->reads != WIRE_ANY) /* less than N is all there is */
		wire->reads = r < n ? 0 : wire->reads - 1;
	if (r < 0 && (errno == EAGAIN || errno == EINTR))
		BIO_set_retry_read(b);
	if (r == 0)
		BIO_set_flags(b, BIO_FLAGS_IN_EOF);
	return (int)r;
}

static long
wire_ctrl(BIO *b, int cmd, long n, void *p)
{
	(void)n;
	(void)p;
	if (cmd == BIO_CTRL_EOF)
		return BIO_test_flags(b, BIO_FLAGS_IN_EOF) != 0;
	return cmd == BIO_CTRL_FLUSH;
}

static BIO_METHOD *
wire_method(void)
{
	static BIO_METHOD *m;

	if (m ||
	    !(m = BIO_meth_new(
		  BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "wire")))
		return m;
	BIO_meth_set_write(m, wire_write);
	BIO_meth_set_read(m, wire_read);
	BIO_meth_set_ctrl(m, wire_ctrl);
	return m;
}

int
wire_attach(SSL *ssl, struct wire *w)
{
	BIO *b = wire_method() ? BIO_new(wire_method()) : 0;

	if (!b)
		return -1;
	BIO_set_data(b, w);
	BIO_set_init(b, 1);
	SSL_set_bio(ssl, b, b);
	return 0;
}
