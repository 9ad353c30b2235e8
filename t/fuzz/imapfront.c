/* SPDX-License-Identifier: ISC */
/* Fuzz target: all that a client says to imaplogin before it is logged in. */
#include "imap/imapfront.h"
#include "t/fuzz/front.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_front(imapfront_run, data, size);
	return 0;
}
