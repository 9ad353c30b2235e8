/* SPDX-License-Identifier: ISC */
/* Linux copies the page table of a mapping at a fork only where a private page
 * stands in it. So each part of the program gets one, a copy of its first page,
 * by writing what is there already; through /proc/self/mem, for which the part
 * need not be writable at any time. */
#include "image.h"

#include <fcntl.h>
#include <link.h>
#include <unistd.h>

/* For dl_iterate_phdr: the parts of the program that nobody writes to. */
static int
image_object(struct dl_phdr_info *i, size_t size, void *mem)
{
	const ElfW(Phdr) *p = i->dlpi_phdr, *end = p + i->dlpi_phnum;
	off_t at;
	char c;

	(void)size;
	for (; p < end; p++) {
		at = (off_t)(i->dlpi_addr + p->p_vaddr);
		if (p->p_type == PT_LOAD && !(p->p_flags & PF_W) &&
		    pread(*(int *)mem, &c, 1, at) == 1 &&
		    pwrite(*(int *)mem, &c, 1, at) != 1)
			return 1;
	}
	return 1; /* the libraries behind it are left alone */
}

void
image_share(void)
{
	int mem = open("/proc/self/mem", O_RDWR | O_CLOEXEC);

	if (mem < 0)
		return;
	dl_iterate_phdr(image_object, &mem);
	close(mem);
}
