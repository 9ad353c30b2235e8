/* SPDX-License-Identifier: ISC */
/* The sandbox of the processes of tlsd and dnssecd: a list of system calls.
 *
 * Nothing here opens a file by name, starts a program, or reaches another
 * process, and nothing but the resolver makes a socket; memory never becomes
 * executable. Builds with a sanitizer go without: that needs calls which the
 * programs do not. */
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <sys/mman.h>

#include "log.h"

#if defined(__SANITIZE_ADDRESS__)
enum { SANDBOX_ON = 0 };
#else
enum { SANDBOX_ON = 1 };
#endif

static const int sandbox_all[] = {
    /* memory, but see sandbox_memory */
    SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise),
    SCMP_SYS(futex),
    /* descriptors that are there; the log is fd 2 */
    SCMP_SYS(read), SCMP_SYS(pread64), SCMP_SYS(write), SCMP_SYS(close),
    SCMP_SYS(fstat), SCMP_SYS(newfstatat), SCMP_SYS(poll), SCMP_SYS(recvmsg),
    SCMP_SYS(sendmsg), SCMP_SYS(recvfrom), SCMP_SYS(sendto), SCMP_SYS(ppoll),
    /* itself */
    SCMP_SYS(clock_gettime), SCMP_SYS(getrandom), SCMP_SYS(getpid),
    SCMP_SYS(rt_sigreturn), SCMP_SYS(restart_syscall), SCMP_SYS(exit_group),
    -1};

static const int sandbox_worker[] = {SCMP_SYS(epoll_wait),
    SCMP_SYS(epoll_pwait), SCMP_SYS(epoll_ctl), SCMP_SYS(accept4),
    SCMP_SYS(shutdown), SCMP_SYS(setsockopt), SCMP_SYS(getsockopt), -1};

static const int sandbox_signer[] = {SCMP_SYS(memfd_create), -1};

static const int sandbox_one[] = {SCMP_SYS(memfd_create), SCMP_SYS(openat), -1};

static const int sandbox_resolver[] = {SCMP_SYS(epoll_create),
    SCMP_SYS(epoll_create1), SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait),
    SCMP_SYS(epoll_ctl), SCMP_SYS(select), SCMP_SYS(pselect6),
    SCMP_SYS(accept4), SCMP_SYS(socket), SCMP_SYS(socketpair), SCMP_SYS(bind),
    SCMP_SYS(connect), SCMP_SYS(getsockname), SCMP_SYS(getpeername),
    SCMP_SYS(setsockopt), SCMP_SYS(getsockopt), SCMP_SYS(shutdown),
    SCMP_SYS(sendmmsg), SCMP_SYS(recvmmsg), SCMP_SYS(readv), SCMP_SYS(writev),
    SCMP_SYS(fcntl), SCMP_SYS(ioctl), SCMP_SYS(pipe), SCMP_SYS(pipe2),
    SCMP_SYS(eventfd2), SCMP_SYS(clone), SCMP_SYS(wait4),
    SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask), SCMP_SYS(sigaltstack), SCMP_SYS(set_robust_list),
    SCMP_SYS(gettid), SCMP_SYS(getrlimit), SCMP_SYS(prlimit64),
    SCMP_SYS(clock_getres), SCMP_SYS(sched_yield), -1};

static const int *const sandbox_more[] = {
    [SANDBOX_WORKER] = sandbox_worker,
    [SANDBOX_SIGNER] = sandbox_signer,
    [SANDBOX_SIGNER_ONE] = sandbox_one,
    [SANDBOX_RESOLVER] = sandbox_resolver,
};

static int
sandbox_allow(scmp_filter_ctx c, const int *call)
{
	int r = 0;

	for (; r == 0 && *call != -1; call++)
		r = seccomp_rule_add(c, SCMP_ACT_ALLOW, *call, 0);
	return r;
}

/* Memory that is not to be executed. */
static int
sandbox_memory(scmp_filter_ctx c)
{
	const struct scmp_arg_cmp data =
	    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
	int r;

	if ((r = seccomp_rule_add(
		 c, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, data)) == 0)
		r = seccomp_rule_add(
		    c, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, data);
	return r;
}

/* Certificates are sealed; what else fcntl does could signal others. */
static int
sandbox_seal(scmp_filter_ctx c)
{
	const struct scmp_arg_cmp seal = {
	    .arg = 1, .op = SCMP_CMP_EQ, .datum_a = F_ADD_SEALS};

	return seccomp_rule_add(c, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1, seal);
}

void
sandbox_enter(enum sandbox_kind kind)
{
	scmp_filter_ctx c;
	int r = -ENOMEM;

	if (!SANDBOX_ON)
		return;
	if ((c = seccomp_init(kind == SANDBOX_RESOLVER
		     ? SCMP_ACT_ERRNO(EPERM)
		     : SCMP_ACT_KILL_PROCESS)) &&
	    (r = sandbox_allow(c, sandbox_all)) == 0 &&
	    (r = sandbox_allow(c, sandbox_more[kind])) == 0 &&
	    (r = sandbox_memory(c)) == 0 && (r = sandbox_seal(c)) == 0)
		r = seccomp_load(c);
	seccomp_release(c);
	errno = -r;
	if (r < 0)
		log_diesys(111, "cannot enter the sandbox", (char *)0);
}
