/* SPDX-License-Identifier: ISC */
/* Fuzz target: all that a client says to pop3login before it is logged in. */
#include "pop3/pop3front.h"
#include "t/fuzz/front.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_front(pop3front_run, data, size);
	return 0;
}
