/* SPDX-License-Identifier: ISC */
/* Questions on the terminal. They go to standard error; nothing is read ahead,
 * so that no secret stays in a buffer of stdio. */
#include "ask.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "package/say.h"

int
ask_possible(void)
{
	return isatty(0);
}

/* One line into TO. -1: end of file; -2: it is too long (all of it is read). */
static int
ask_read(char *to, size_t size)
{
	size_t n = 0;
	ssize_t r;
	char c;

	for (;;) {
		r = read(0, &c, 1);
		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0)
			return -1;
		if (c == '\n')
			break;
		if (n < size)
			to[n] = c;
		n++;
	}
	if (n >= size)
		return -2;
	to[n] = 0;
	return (int)n;
}

static size_t
ask_result(int r)
{
	if (r == -1)
		die(100, "no answer: nothing was done");
	if (r == -2)
		die(100, "that answer is too long: nothing was done");
	return (size_t)r;
}

size_t
ask_line(char *to, size_t size, const char *question)
{
	size_t n, lead;

	fputs(question, stderr);
	n = ask_result(ask_read(to, size));
	while (n && strchr(" \t\r", to[n - 1]))
		to[--n] = 0;
	lead = strspn(to, " \t");
	memmove(to, to + lead, n - lead + 1);
	return n - lead;
}

size_t
ask_secret(char *to, size_t size, const char *question)
{
	struct termios old, quiet;
	sigset_t stop, before;
	int r;

	if (tcgetattr(0, &old) < 0)
		die_sys(111, "cannot ask");
	/* nobody is left with a terminal that is silent */
	sigemptyset(&stop);
	sigaddset(&stop, SIGINT);
	sigaddset(&stop, SIGTERM);
	sigaddset(&stop, SIGTSTP);
	sigprocmask(SIG_BLOCK, &stop, &before);
	quiet = old;
	quiet.c_lflag &= ~(tcflag_t)(ECHO | ISIG);
	quiet.c_lflag |= ECHONL;
	tcsetattr(0, TCSAFLUSH, &quiet);
	fputs(question, stderr);
	r = ask_read(to, size);
	tcsetattr(0, TCSAFLUSH, &old);
	sigprocmask(SIG_SETMASK, &before, 0);
	return ask_result(r);
}
