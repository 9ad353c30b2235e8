/* SPDX-License-Identifier: ISC */
/* The heap of the static binary, in place of the C library's brk and sbrk.
 *
 * Linux keeps the heap of a static program far from all else it has, which takes
 * each process three page tables, 12 KiB, of its own. This one stands behind the
 * program's variables (package/layout.ld); from where it ends, malloc goes on
 * with mmap by itself. */
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#ifndef __SANITIZE_ADDRESS__

enum { HEAP_SIZE = 262144, HEAP_PAGE = 4096 };

static char heap[HEAP_SIZE] __attribute__((aligned(16)));

/* The C library's name for the end of what is in use. It is set from the start, so
 * that the memory of the first thread comes from here, too. */
void *__curbrk = heap;

void *__sbrk(intptr_t);

static char *
heap_page(char *p)
{
	return p - (uintptr_t)p % HEAP_PAGE;
}

/* Gives back what is from TO to END: malloc expects zeros where it grows. 0, or
 * -1. */
static int
heap_clear(char *to, char *end)
{
	char *page = heap_page(to + HEAP_PAGE - 1);

	if (page > end)
		page = end;
	if (page < end &&
	    madvise(page, (size_t)(end - page), MADV_DONTNEED) < 0)
		return -1;
	memset(to, 0, (size_t)(page - to));
	return 0;
}

void *
__sbrk(intptr_t n)
{
	char *old = __curbrk;

	if (n > heap_page(heap + HEAP_SIZE) - old || n < heap - old ||
	    (n < 0 && heap_clear(old + n, old) < 0)) {
		errno = ENOMEM;
		return (void *)-1;
	}
	__curbrk = old + n;
	return old;
}

#endif
