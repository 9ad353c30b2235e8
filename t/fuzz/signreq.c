/* SPDX-License-Identifier: ISC */
/* Requests to a signer of tlsd: what is granted has the form of what a TLS
 * server signs, and no byte beyond the packet counts. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tlswrap/signreq.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* 64 spaces, the purpose and its NUL, SHA-256 or SHA-384; or 2 random values
 * of 32 bytes, a named group, a share. */
static int
fuzz_handshake(const unsigned char *p, size_t n)
{
	static const char head[] =
	    "                                                                "
	    "TLS 1.3, server CertificateVerify";

	if (n == sizeof head + 32 || n == sizeof head + 48)
		if (memcmp(p, head, sizeof head) == 0)
			return 1;
	return n >= 69 && n < SIGNREQ_TEXT && p[64] == 3 && p[67] + 68u == n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct signreq r, other;
	int ok;

	if (size > sizeof r)
		return signreq_ok(&r, size) ? abort(), 0 : 0;
	memset(&r, 0x55, sizeof r);
	memset(&other, 0xaa, sizeof other);
	memcpy(&r, data, size);
	memcpy(&other, data, size);
	ok = signreq_ok(&r, size);
	if (ok != signreq_ok(&other, size))
		abort();
	if (!ok)
		return 0;
	if (signreq_size(&r) != size || r.n >= SIGNREQ_TEXT)
		abort();
	if (r.kind == SIGNREQ_SIGN &&
	    (!signscheme_get(r.scheme) || !fuzz_handshake(r.text, r.n)))
		abort();
	if (r.kind == SIGNREQ_NAME && strlen((const char *)r.text) != r.n)
		abort();
	return 0;
}
