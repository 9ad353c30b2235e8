/* SPDX-License-Identifier: ISC */
/* The certificates of a bundle without its key: DER, leaf first. */
#include "certs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "context.h"
#include "provider.h"

static int
certs_put(int fd, X509 *x)
{
	unsigned char *der = 0;
	int n = i2d_X509(x, &der);
	int r = n > 0 && write(fd, der, (size_t)n) == n ? 0 : -1;

	OPENSSL_free(der);
	return r;
}

int
certs_write(SSL_CTX *ctx)
{
	int fd = memfd_create("certificates", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	STACK_OF(X509) *chain = 0;
	int i, r;

	if (fd < 0)
		return -1;
	SSL_CTX_get0_chain_certs(ctx, &chain);
	r = certs_put(fd, SSL_CTX_get0_certificate(ctx));
	for (i = 0; r == 0 && i < sk_X509_num(chain); i++)
		r = certs_put(fd, sk_X509_value(chain, i));
	if (r == 0 &&
	    fcntl(fd, F_ADD_SEALS,
		F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) == 0)
		return fd;
	close(fd);
	return -1;
}

/* One certificate at *P, N bytes before the end. 0 or -1. */
static int
certs_take(SSL_CTX *ctx, const unsigned char **p, long n, int leaf)
{
	X509 *x = d2i_X509(0, p, n);
	int r = -1;

	if (x)
		r = (leaf ? SSL_CTX_use_certificate(ctx, x)
			  : SSL_CTX_add1_chain_cert(ctx, x)) == 1
		    ? 0
		    : -1;
	X509_free(x);
	return r;
}

static int
certs_key(SSL_CTX *ctx, uint64_t key)
{
	X509 *leaf = SSL_CTX_get0_certificate(ctx);
	EVP_PKEY *private = provider_key(X509_get0_pubkey(leaf), key);
	int r = private && SSL_CTX_use_PrivateKey(ctx, private) == 1 &&
	    SSL_CTX_check_private_key(ctx) == 1;

	EVP_PKEY_free(private);
	return r ? 0 : -1;
}

int
certs_load(SSL_CTX *ctx, int fd, uint64_t key, const char **why)
{
	unsigned char *der = malloc(CONTEXT_BUNDLE_MAX);
	const unsigned char *p = der;
	ssize_t n = der ? pread(fd, der, CONTEXT_BUNDLE_MAX, 0) : -1;
	int r = n > 0 ? 0 : -1;

	*why = "its certificates cannot be taken over";
	while (r == 0 && p < der + n)
		r = certs_take(ctx, &p, der + n - p, p == der);
	if (r == 0) {
		*why = "its key cannot be used from here";
		r = certs_key(ctx, key);
	}
	free(der);
	return r;
}
