/* SPDX-License-Identifier: ISC */
/* Certificate bundles. Key and certificates come out of one read of one open
 * file: two opens would race with a renewal. */
#include "bundle.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "context.h"
#include "priv.h"

/* An encrypted key is no use without a person: never ask for a password. */
static int
bundle_no_password(char *buf, int size, int rw, void *arg)
{
	(void)buf;
	(void)size;
	(void)rw;
	(void)arg;
	return -1;
}

/* Reads all of FD into BUF (CONTEXT_BUNDLE_MAX bytes). Its length, or -1. */
static ssize_t
bundle_read(int fd, char *buf, const char **why)
{
	size_t n = 0;
	ssize_t r;

	while (n < CONTEXT_BUNDLE_MAX) {
		r = pread(fd, buf + n, CONTEXT_BUNDLE_MAX - n, (off_t)n);
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0) {
			*why = "it cannot be read";
			return -1;
		}
		if (r == 0)
			return (ssize_t)n;
		n += (size_t)r;
	}
	*why = "it is too large for a bundle";
	return -1;
}

static int
bundle_key(SSL_CTX *ctx, BIO *b, const char **why)
{
	EVP_PKEY *key = PEM_read_bio_PrivateKey(b, 0, bundle_no_password, 0);
	int r;

	if (!key) {
		*why = "it holds no private key without a password";
		return -1;
	}
	r = SSL_CTX_use_PrivateKey(ctx, key);
	EVP_PKEY_free(key);
	if (r == 1 && SSL_CTX_check_private_key(ctx) == 1)
		return 0;
	*why = "its key does not fit its first certificate";
	return -1;
}

static int
bundle_certificates(SSL_CTX *ctx, BIO *b, const char **why)
{
	X509 *x;
	int n, r;

	for (n = 0; (x = PEM_read_bio_X509(b, 0, bundle_no_password, 0)); n++) {
		r = n ? SSL_CTX_add1_chain_cert(ctx, x)
		      : SSL_CTX_use_certificate(ctx, x);
		X509_free(x);
		if (r != 1) {
			*why = "OpenSSL refuses one of its certificates";
			return -1;
		}
	}
	if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) {
		*why = "one of its certificates is damaged";
		return -1;
	}
	ERR_clear_error();
	*why = "it holds no certificate";
	return n ? 0 : -1;
}

/* One pass over the N bytes at TEXT for each kind of thing in it. */
static int
bundle_pass(SSL_CTX *ctx, const char *text, ssize_t n,
    int (*take)(SSL_CTX *, BIO *, const char **), const char **why)
{
	BIO *b = BIO_new_mem_buf(text, (int)n);
	int r;

	*why = "no memory";
	r = b ? take(ctx, b, why) : -1;
	BIO_free(b);
	return r;
}

int
bundle_load(SSL_CTX *ctx, int fd, const char **why)
{
	char *text = malloc(CONTEXT_BUNDLE_MAX);
	ssize_t n;
	int r = -1;

	*why = "no memory";
	if (text && (n = bundle_read(fd, text, why)) >= 0 &&
	    bundle_pass(ctx, text, n, bundle_certificates, why) == 0 &&
	    bundle_pass(ctx, text, n, bundle_key, why) == 0)
		r = 0;
	if (text)
		priv_wipe(text, CONTEXT_BUNDLE_MAX);
	free(text);
	ERR_clear_error();
	return r;
}
