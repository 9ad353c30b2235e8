/* SPDX-License-Identifier: ISC */
/* The memory of a program that forks for each connection.
 *
 * Of what an idle session holds, the page tables are a good part: a page for each
 * 2 MiB in which it uses anything, one for each GiB, one for each 512 GiB. The stack
 * that Linux gives a program is far from all else it has. So children have another
 * one, next to variables and heap (package/layout.ld). */
#include "image.h"

#include <fcntl.h>
#include <link.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "log.h"

enum {
	IMAGE_PAGE = 4096,
	IMAGE_STACK = 524288, /* of a child, a page of it the guard */
	IMAGE_FIRST =
	    1048576,    /* of a listener: nothing else is so near to it */
	IMAGE_STAT = 48 /* fields of /proc/PID/stat (proc(5)), from 1 */
};

static char *image_args, *image_args_end;

/* A copy of the N strings of V, one behind the other; the end is in *END. */
static char **
image_copy(size_t n, char *const *v, char **end)
{
	char **copy = malloc((n + 1) * sizeof *copy), *to;
	size_t i, size = 1;

	for (i = 0; i < n; i++)
		size += strlen(v[i]) + 1;
	if (!copy || !(to = malloc(size)))
		log_diesys(111, "no memory", (char *)0);
	for (i = 0; i < n; i++) {
		copy[i] = to;
		to = stpcpy(to, v[i]) + 1;
	}
	copy[n] = 0;
	*end = to;
	return copy;
}

char **
image_begin(int argc, char **argv)
{
	char *end;
	size_t n;

	for (n = 0; environ[n]; n++)
		;
	environ = image_copy(n, environ, &end);
	argv = image_copy((size_t)argc, argv, &image_args_end);
	image_args = argv[0];
	return argv;
}

/* For dl_iterate_phdr: the parts of the program that nobody writes to. Linux
 * copies the page table of a mapping at a fork only where a private page stands
 * in it. So each part gets one, a copy of its first page, by writing what is there
 * already; through /proc/self/mem, for which the part need not be writable at any
 * time. */
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

#ifdef __SANITIZE_ADDRESS__ /* which knows no stack but the first */

static void
image_unstack(void)
{
}

pid_t
image_fork(int (*run)(void *), void *arg)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(run(arg));
	return pid;
}

#else

static char image_stack[IMAGE_STACK] __attribute__((aligned(IMAGE_PAGE)));

/* Has ps find the arguments where they are now, and all else where it is. 0, or
 * -1: the kernel cannot. */
static int
image_tell(void)
{
	struct prctl_mm_map m = {.exe_fd = (uint32_t)-1};
	unsigned long long v[IMAGE_STAT];
	char buf[1024], *s;
	ssize_t n;
	int i, fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	n = read(fd, buf, sizeof buf - 1);
	close(fd);
	buf[n > 0 ? n : 0] = 0;
	s = strrchr(buf, ')');
	for (i = 3; i < IMAGE_STAT; i++) {
		if (!s || !(s = strchr(s + 1, ' ')))
			return -1;
		v[i] = strtoull(s, 0, 10);
	}
	m.start_code = v[26];
	m.end_code = v[27];
	m.start_stack = v[28];
	m.start_data = v[45];
	m.end_data = v[46];
	m.start_brk = m.brk = v[47];
	m.arg_start = (uintptr_t)image_args;
	m.arg_end = m.env_start = m.env_end = (uintptr_t)image_args_end;
	return prctl(PR_SET_MM, PR_SET_MM_MAP, &m, sizeof m, 0);
}

/* Keeps this process's stack from children. The name of the file it was started
 * from is the last thing there. */
static void
image_unstack(void)
{
	uintptr_t end, here = (uintptr_t)&end, own = (uintptr_t)image_stack;
	const char *last;

	mprotect(image_stack, IMAGE_PAGE, PROT_NONE);
	if (here >= own && here < own + IMAGE_STACK)
		return; /* this is a child */
	last = (const char *)getauxval(AT_EXECFN);
	if (!last || !image_args || image_tell() < 0)
		return;
	end = ((uintptr_t)last + strlen(last) + IMAGE_PAGE) / IMAGE_PAGE *
	    IMAGE_PAGE;
	madvise((void *)(end - IMAGE_FIRST), IMAGE_FIRST, MADV_DONTFORK);
}

pid_t
image_fork(int (*run)(void *), void *arg)
{
	return clone(run, image_stack + IMAGE_STACK, SIGCHLD, arg);
}

#endif

void
image_share(void)
{
	int mem = open("/proc/self/mem", O_RDWR | O_CLOEXEC);

	image_unstack();
	if (mem < 0)
		return;
	dl_iterate_phdr(image_object, &mem);
	close(mem);
}
