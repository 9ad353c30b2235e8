/* SPDX-License-Identifier: ISC */
/* Certificate bundles as the signer of tlsd reads them: what it takes can be
 * passed on to a worker, whose context then has the same certificates. */
#include <openssl/err.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tlswrap/bundle.h"
#include "tlswrap/certs.h"
#include "tlswrap/keyring.h"
#include "tlswrap/provider.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* A worker takes CERTS. What security level a signer accepts it accepts too. */
static void
fuzz_worker(int certs)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	const char *why;

	if (certs_load(ctx, certs, 1, &why) < 0)
		abort();
	SSL_CTX_free(ctx);
	close(certs);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int started;
	struct keyring keys = {0};
	const char *why = 0;
	int fd = memfd_create("bundle", 0), certs;

	if (!started++ && !provider_start())
		abort();
	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	if ((certs = keyring_add(&keys, 1, fd, &why)) >= 0)
		fuzz_worker(certs);
	else if (!why)
		abort();
	keyring_forget(&keys, 1);
	free(keys.key);
	close(fd);
	ERR_clear_error();
	return 0;
}
