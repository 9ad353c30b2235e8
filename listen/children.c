/* SPDX-License-Identifier: ISC */
/* The children of a listener, counted by process id so that the count can
 * not drift. */
#include "children.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "log.h"

/* N zero bytes that a child does not get: it would keep its copy of a page as
 * soon as the listener writes to it. */
static void *
children_table(size_t n)
{
	void *p = mmap(
	    0, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED || madvise(p, n, MADV_DONTFORK) < 0)
		log_diesys(111, "cannot make the table of children", (char *)0);
	return p;
}

void
children_init(struct children *c, size_t max)
{
	c->max = max;
	c->live = 0;
	c->pid = children_table(max * sizeof *c->pid);
	c->child = children_table(max * sizeof *c->child);
}

/* The index of PID (0: of a free place), or max if there is none. */
static size_t
children_find(const struct children *c, pid_t pid)
{
	size_t i;

	for (i = 0; i < c->max && c->pid[i] != pid; i++)
		;
	return i;
}

struct child *
children_place(struct children *c)
{
	size_t i;

	if (c->live == c->max)
		return 0;
	i = children_find(c, 0);
	return i < c->max ? &c->child[i] : 0;
}

void
children_add(struct children *c, const struct child *place, pid_t pid)
{
	c->pid[place - c->child] = pid;
	c->live++;
}

int
children_reap(struct children *c, struct child *d, int *status)
{
	pid_t pid;
	size_t i;

	for (;;) {
		pid = waitpid(-1, status, WNOHANG);
		if (pid < 0 && errno == EINTR)
			continue;
		if (pid <= 0)
			return 0;
		if ((i = children_find(c, pid)) < c->max)
			break;
	}
	*d = c->child[i];
	c->pid[i] = 0;
	c->live--;
	return 1;
}

void
children_kill(const struct children *c, int sig)
{
	size_t i;

	for (i = 0; i < c->max; i++)
		if (c->pid[i])
			kill(c->pid[i], sig);
}
