/* SPDX-License-Identifier: ISC */
/* The memory of a program that forks for each connection and executes nothing:
 * what a child's fork costs, and what the child holds. */
#ifndef IMAGE_H
#define IMAGE_H

#include <sys/types.h>

/* To be called first: the strings of ARGV and the environment move off the stack,
 * which children shall not have. The new ARGV. Dies 111 without memory. */
char **image_begin(int argc, char **argv);

/* Sees to it that children get the pages of code and constants that this
 * process has used with the fork, and need not fault each of them in again, and
 * that they do not get its stack. Where that cannot be done nothing happens. */
void image_share(void);

/* As fork, but the child has a stack of its own, on which it calls RUN with ARG;
 * RUN does not return. Nothing that stands on this process's stack is there for
 * it: neither variables nor what getauxval finds. -1 with errno if it cannot. */
pid_t image_fork(int (*run)(void *), void *arg);

#endif
