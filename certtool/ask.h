/* SPDX-License-Identifier: ISC */
/* Questions on the terminal. */
#ifndef ASK_H
#define ASK_H

#include <stddef.h>

/* 1 if standard input is a terminal, with somebody to ask. */
int ask_possible(void);

/* Asks QUESTION and reads one line, without its end or spaces around it, into
 * TO (SIZE bytes). Dies 100 at end of file or if the line is longer. The
 * answer's length. */
size_t ask_line(char *to, size_t size, const char *question);

/* The same without echo, spaces kept; for a password. */
size_t ask_secret(char *to, size_t size, const char *question);

#endif
