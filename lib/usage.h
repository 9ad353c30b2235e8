/* SPDX-License-Identifier: ISC */
/* What a program says of its command line. */
#ifndef USAGE_H
#define USAGE_H

/* Answer to -h: TEXT on standard output, exit 0. */
void usage_help(const char *text) __attribute__((noreturn));

/* A wrong command line: the first line of TEXT on fd 2 (unless that is the
 * client), exit 100. */
void usage_die(const char *text) __attribute__((noreturn));

/* S as an unsigned decimal number from MIN to MAX, all of it digits; else
 * dies 100, naming WHAT (as in "option -c"). */
unsigned long usage_number(
    const char *what, const char *s, unsigned long min, unsigned long max);

#endif
