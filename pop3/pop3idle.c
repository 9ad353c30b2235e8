/* SPDX-License-Identifier: ISC */
/* A session whose client is silent holds as little memory as can be. */
#include "pop3idle.h"

#include <malloc.h>
#include <stdint.h>
#include <sys/mman.h>

enum {
	POP3IDLE_PAGE = 4096,
	POP3IDLE_CALLS = 1024,
	POP3IDLE_STACK = 262144 /* deeper than that no login goes */
};

int
pop3idle_have(char **p, size_t n)
{
	void *m;

	if (*p)
		return 0;
	m = mmap(
	    0, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (m == MAP_FAILED)
		return -1;
	*p = m;
	return 0;
}

void
pop3idle_drop(char **p, size_t n)
{
	if (*p)
		munmap(*p, n);
	*p = 0;
}

/* The pages of the stack below this function's, but for what waiting for the client
 * needs. Linux keeps a megabyte below a stack free, and tcplisten's children have
 * one of their own (lib/image.h), so that nothing else can be meant; that a part of
 * them is not there is no error. */
static void
pop3idle_stack(void)
{
	char here;
	uintptr_t end = ((uintptr_t)&here - POP3IDLE_CALLS) &
	    ~(uintptr_t)(POP3IDLE_PAGE - 1);

	madvise((void *)(end - POP3IDLE_STACK), POP3IDLE_STACK, MADV_DONTNEED);
}

void
pop3idle_rest(void)
{
	malloc_trim(0);
	pop3idle_stack();
}
